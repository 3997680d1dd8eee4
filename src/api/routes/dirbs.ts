import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import { statesOf } from '../dirbs/imei.ts';
import { msisdnOf, pairingsOf, subscribersOf, type Why } from '../dirbs/list.ts';
import { groundOf } from '../dirbs/place.ts';
import { infoOf, tacsOf } from '../dirbs/reference.ts';
import { filesOf, runsOf } from '../dirbs/runs.ts';
import { type Asked, type Route, route } from '../route.ts';
import { closed } from '../schema.ts';

// The read interface of DIRBS Core, version 2, so that its clients keep working: addresses, names and forms are theirs
// (dirbs.md §1.7, national-systems.md §4.3), also identifiers in addresses. What those do not state is inferred and noted.
// Other than there: who asks has signed in, and every reading of subscribers is logged; statuses of lists are told unless
// they are declined, since its own clients ask without the switches and fail without them (dirbs.md §4.2).

const action = 'dirbs.read' as const;
const faults = ['API_FORM', 'API_BUSY', 'READ_QUOTA', 'READ_PURPOSE'] as const;
const nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()]);
const textOrNull = nullable(Type.String());

const IMEI = Type.String({ minLength: 1, maxLength: 64 });
const ONE = closed({ imei: IMEI });
const SWITCH = Type.Optional(Type.Boolean());
const INCLUDING = { include_registration_status: SWITCH, include_stolen_status: SWITCH };
const PAGE = closed({
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 10 })),
  order: Type.Optional(Type.Enum(['Ascending', 'Descending'])),
});
const KEYS = Type.Object({ current_key: Type.String(), next_key: Type.String(), result_size: Type.Integer() });

const CONDITIONS = Type.Array(Type.Object({ condition_name: Type.String(), condition_met: Type.Boolean() }));
const LISTED = Type.Object({ status: textOrNull, provisional_only: nullable(Type.Boolean()) });
const STATE = Type.Object({
  imei_norm: Type.String(),
  block_date: textOrNull,
  first_seen: textOrNull,
  classification_state: Type.Object({ blocking_conditions: CONDITIONS, informative_conditions: CONDITIONS }),
  realtime_checks: Type.Object({
    ever_observed_on_network: Type.Boolean(),
    invalid_imei: Type.Boolean(),
    is_paired: Type.Boolean(),
    is_exempted_device: Type.Boolean(),
    gsma_not_found: Type.Boolean(),
    in_registration_list: Type.Boolean(),
  }),
  registration_status: Type.Optional(LISTED),
  stolen_status: Type.Optional(LISTED),
});
const TAC = Type.Object({ tac: Type.String(), gsma: nullable(Type.Record(Type.String(), textOrNull)) });

const includingOf = (switches: Static<ReturnType<typeof closed<typeof INCLUDING>>>) => ({
  registration: switches.include_registration_status !== false,
  stolen: switches.include_stolen_status !== false,
});

/** Its clients know no purposes; whoever can tell one does so by the header. */
const whyOf = ({ reading }: Pick<Asked, 'reading'>): Why => ({
  ...reading,
  purpose: reading.purpose === '' ? 'asked by the interface of DIRBS' : reading.purpose,
});

const pageOf = ({ offset = 0, limit = 10, order = 'Ascending' }: Static<typeof PAGE>) => ({ offset, limit, order });

const IMEI_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/v2/imei/:imei',
    action,
    about: 'How an identifier stands (DIRBS v2).',
    params: ONE,
    query: closed(INCLUDING),
    answer: STATE,
    faults,
    act: async (_desk, { house, params, query }) => {
      const asked = { texts: [params.imei], field: () => '/params/imei' };
      const [state] = await statesOf(groundOf(house), asked, includingOf(query));
      if (state === undefined) throw new Error('No shard holds the identifier.');
      return state;
    },
  }),
  route({
    method: 'POST',
    url: '/api/v2/imei-batch',
    action,
    about: 'How up to 1000 identifiers stand (DIRBS v2; the name `results` is inferred).',
    isRead: true,
    body: closed({ imeis: Type.Array(IMEI, { minItems: 1, maxItems: 1000 }), ...INCLUDING }),
    answer: Type.Object({ results: Type.Array(STATE) }),
    faults,
    act: async (_desk, { house, body }) => {
      const asked = { texts: body.imeis, field: (at: number) => `/imeis/${at}` };
      return { results: await statesOf(groundOf(house), asked, includingOf(body)) };
    },
  }),
  route({
    method: 'GET',
    url: '/api/v2/imei/:imei/info',
    action,
    about: 'What the registration list says of an identifier, and the others of its device (DIRBS v2).',
    params: ONE,
    answer: Type.Object({
      imei_norm: Type.String(),
      make: textOrNull,
      model: textOrNull,
      model_number: textOrNull,
      brand_name: textOrNull,
      device_type: textOrNull,
      radio_interface: textOrNull,
      status: textOrNull,
      associated_imeis: Type.Array(Type.String()),
    }),
    faults,
    act: async (_desk, { house, params }) => infoOf(groundOf(house), params.imei),
  }),
];

const PERSON_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/v2/imei/:imei/subscribers',
    action,
    about: 'Who used an identifier; each reading is logged (DIRBS v2).',
    params: ONE,
    query: PAGE,
    answer: Type.Object({
      imei_norm: Type.String(),
      subscribers: Type.Array(Type.Object({ imsi: Type.String(), msisdn: Type.String(), last_seen: Type.String() })),
      _keys: KEYS,
    }),
    faults,
    act: async (desk, asked) => {
      const wish = { text: asked.params.imei, page: pageOf(asked.query), why: whyOf(asked) };
      return subscribersOf(desk, groundOf(asked.house), wish);
    },
  }),
  route({
    method: 'GET',
    url: '/api/v2/imei/:imei/pairings',
    action,
    about: 'With whom an identifier is paired; each reading is logged (DIRBS v2; the name `pairs` is inferred).',
    params: ONE,
    query: PAGE,
    answer: Type.Object({
      imei_norm: Type.String(),
      pairs: Type.Array(Type.Object({ imsi: Type.String(), last_seen: textOrNull })),
      _keys: KEYS,
    }),
    faults,
    act: async (desk, asked) => {
      const wish = { text: asked.params.imei, page: pageOf(asked.query), why: whyOf(asked) };
      return pairingsOf(desk, groundOf(asked.house), wish);
    },
  }),
  route({
    method: 'GET',
    url: '/api/v2/msisdn/:msisdn',
    action,
    about:
      'With which identifiers a number was seen; each reading is logged (DIRBS; fields of v1 under `results`, inferred).',
    params: closed({ msisdn: Type.String({ minLength: 1, maxLength: 32 }) }),
    answer: Type.Object({
      results: Type.Array(
        Type.Object({
          imei_norm: Type.String(),
          imsi: Type.String(),
          last_seen: Type.String(),
          gsma_manufacturer: textOrNull,
          gsma_model_name: textOrNull,
        }),
      ),
    }),
    faults,
    act: async (desk, asked) => ({
      results: await msisdnOf(desk, groundOf(asked.house), { text: asked.params.msisdn, why: whyOf(asked) }),
    }),
  }),
];

/** One value of an address, or several of one name. */
const some = <T extends TSchema>(one: T) => Type.Optional(Type.Union([one, Type.Array(one, { maxItems: 50 })]));
const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? (value as readonly T[]) : [value as T];
const WORD = Type.String({ maxLength: 64 });
const MAX = Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 10 }));

const SYSTEM_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/v2/tac/:tac',
    action,
    about: 'What the TAC database says of a TAC (DIRBS v2).',
    params: closed({ tac: Type.String({ minLength: 1, maxLength: 64 }) }),
    answer: TAC,
    faults,
    act: async (_desk, { house, params }) => {
      const [found] = await tacsOf(groundOf(house), { tacs: [params.tac], field: () => '/params/tac' });
      return { tac: params.tac, gsma: found?.gsma ?? null };
    },
  }),
  route({
    method: 'POST',
    url: '/api/v2/tac',
    action,
    about: 'What the TAC database says of up to 1000 TACs (DIRBS v2; the name `results` is inferred).',
    isRead: true,
    body: closed({ tacs: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 1000 }) }),
    answer: Type.Object({ results: Type.Array(TAC) }),
    faults,
    act: async (_desk, { house, body }) => {
      return { results: await tacsOf(groundOf(house), { tacs: body.tacs, field: (at) => `/tacs/${at}` }) };
    },
  }),
  route({
    method: 'GET',
    url: '/api/v2/job_metadata',
    action,
    about: 'The newest runs of imports, classifications and lists (DIRBS v2; the name `jobs` is inferred).',
    query: closed({
      command: some(WORD),
      subcommand: some(WORD),
      run_id: some(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
      status: some(Type.Enum(['running', 'success', 'error'])),
      max_results: MAX,
      show_details: Type.Optional(Type.Boolean({ default: true })),
    }),
    answer: Type.Object({
      jobs: Type.Array(
        Type.Object({
          run_id: Type.Integer(),
          command: Type.String(),
          subcommand: Type.String(),
          status: Type.Enum(['running', 'success', 'error']),
          start_time: Type.String(),
          end_time: textOrNull,
          extra_metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        }),
      ),
    }),
    faults,
    act: async ({ query: ask }, { query }) => {
      const { max_results = 10, show_details = true, command, subcommand, run_id, status } = query;
      const wish = Object.entries({ command, subcommand, run_id, status }).flatMap(([name, value]) => {
        const all = listOf<string | number>(value);
        return all === undefined ? [] : [[name, all]];
      });
      return { jobs: await runsOf(ask, { ...Object.fromEntries(wish), max_results, show_details }) };
    },
  }),
  ...(['/api/v2/catalog', '/api/v2/data_catalog'] as const).map((url) =>
    route({
      method: 'GET',
      url,
      action,
      about: 'The files that imports have read (DIRBS v2; the fields are inferred).',
      query: closed({ file_type: Type.Optional(WORD), max_results: MAX }),
      answer: Type.Object({
        files: Type.Array(
          Type.Object({
            filename: Type.String(),
            file_type: Type.String(),
            compressed_size_bytes: Type.Integer(),
            sha256: Type.String(),
            run_id: Type.Integer(),
            last_seen: Type.String(),
          }),
        ),
      }),
      faults,
      act: async ({ query: ask }, { query }) => ({
        files: await filesOf(ask, { file_type: query.file_type, max_results: query.max_results ?? 10 }),
      }),
    }),
  ),
  route({
    method: 'GET',
    url: '/api/v2/version',
    action,
    about: 'Versions of the program and of the registry’s schema (DIRBS v2; the names are inferred).',
    answer: Type.Object({
      source_code_version: Type.String(),
      code_db_schema_version: Type.Integer(),
      db_schema_version: Type.Integer(),
    }),
    act: async ({ query }) => {
      const [row] = await query<{ count: string }>('SELECT count(*) AS count FROM migration');
      const version = Number(row?.count ?? 0);
      return { source_code_version: VERSION, code_db_schema_version: version, db_schema_version: version };
    },
  }),
];

const VERSION: string = (
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }
).version;

/** The read interface of DIRBS Core v2. */
export const DIRBS_ROUTES: readonly Route[] = [...IMEI_ROUTES, ...PERSON_ROUTES, ...SYSTEM_ROUTES];
