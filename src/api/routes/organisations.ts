import { Type } from 'typebox';
import { listOrganisations } from '../../access/accounts/find.ts';
import { assignBrands, createOrganisation, disableOrganisation } from '../../access/accounts/organisation.ts';
import type { Organisation } from '../../access/actor.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line, text } from '../schema.ts';

const KINDS = [
  'operator',
  'police',
  'customs',
  'importer',
  'maker',
  'lab',
  'dealer',
  'regulator',
] as const satisfies readonly Organisation['kind'][];

const ONE = closed({ id: ID });
const BRANDS = Type.Array(line(64), { maxItems: 200 });

const TOLD = {
  id: Type.String(),
  kind: Type.Enum(KINDS),
  name: Type.String(),
  operator: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
  brands: Type.Optional(Type.Array(Type.String())),
};
/** An organisation as it is told. */
export const ORGANISATION = Type.Object(TOLD);
const LISTED = Type.Object({ ...TOLD, disabled: Type.Boolean() });

/** Tells an organisation. */
export const toldOrganisation = ({ id, kind, name, operator, unit, brands }: Organisation) => ({
  id,
  kind,
  name,
  ...(operator === undefined ? {} : { operator }),
  ...(unit === undefined ? {} : { unit }),
  ...(brands === undefined ? {} : { brands: [...brands] }),
});

/** Organisations whose staff and machines have accounts. */
export const ORGANISATION_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/organisations',
    action: 'organisation.read',
    about: 'Lists organisations in the order of their entry.',
    query: closed({ ...PAGE, kind: Type.Optional(Type.Enum(KINDS)) }),
    answer: pageOf(LISTED),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const { kind } = query;
      const list = `organisations ${kind ?? ''}`;
      const page = { ...placeOf(desk, { list, query }), ...(kind === undefined ? {} : { kind }) };
      const { organisations, next } = await listOrganisations(desk, page);
      const items = organisations.map((one) => ({ ...toldOrganisation(one), disabled: one.disabled }));
      return { items, next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/organisations',
    action: 'organisation.create',
    about: 'Enters an organisation.',
    body: closed({
      kind: Type.Enum(KINDS),
      name: line(128),
      operator: Type.Optional(line(64)),
      unit: Type.Optional(line(64)),
      brands: Type.Optional(BRANDS),
    }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: ['ACCESS_ORGANISATION', 'ACCESS_TAKEN'],
    act: (desk, { body }) => createOrganisation(desk, body),
  }),
  route({
    method: 'PUT',
    url: '/v1/organisations/:id/brands',
    action: 'brand.assign',
    about: 'Says for which brands a maker or importer acts from now on.',
    params: ONE,
    body: closed({ brands: BRANDS }),
    answer: ORGANISATION,
    faults: ['ACCESS_ORGANISATION'],
    act: async (desk, { params, body }) =>
      toldOrganisation(await assignBrands(desk, { organisation: params.id, ...body })),
  }),
  route({
    method: 'POST',
    url: '/v1/organisations/:id/disable',
    action: 'organisation.disable',
    about: 'Shuts an organisation and all its accounts out; their sessions end at once.',
    params: ONE,
    body: closed({ reason: text(2000) }),
    faults: ['ACCESS_ORGANISATION'],
    act: (desk, { params, body }) => disableOrganisation(desk, { organisation: params.id, ...body }),
  }),
];
