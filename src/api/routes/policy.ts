import { Type } from 'typebox';
import { reachOf } from '../../access/actions.ts';
import { type Day, parseDay, today } from '../../calendar/day.ts';
import { prefixesOf } from '../../country/numbering.ts';
import type { Explanation } from '../../decisions/explanation.ts';
import { identify } from '../../decisions/identity.ts';
import { findDevice } from '../../devices/find.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Caller } from '../caller.ts';
import type { House } from '../house.ts';
import { deskOf } from '../perform.ts';
import { isHolder, operatorOf, unknownThing } from '../reach.ts';
import { type Route, telling } from '../route.ts';
import { closed, DAY } from '../schema.ts';

const CONDITION = Type.Object({
  label: Type.String(),
  reason: Type.String(),
  effect: Type.String(),
  dimensions: Type.Array(Type.Object({ is: Type.String(), not: Type.Boolean() })),
});

/** What one is told of an identifier: to everybody what follows; persons and networks to those whom it concerns. */
const EXPLANATION = Type.Record(Type.String(), Type.Unknown());

const AWAY: Fault = {
  code: 'API_BUSY',
  message: 'The data of the operators are not at hand just now.',
  remedy: 'Ask again in a minute.',
};

/** A day, which its form has shown to be one. @throws Refused API_FORM */
function dayOf(text: string): Day {
  const read = parseDay(text);
  if (read.ok) return read.value;
  throw new Refused([
    { code: 'API_FORM', message: 'The date is no day.', remedy: 'Write it as 2026-10-31.', field: 'date' },
  ]);
}

/** Who asks for an explanation, and how much of it is his. */
type Share = 'all' | { readonly operator: string } | 'holder';

/** Whose the identifier is, as far as that can be told before it is looked up. @throws Refused DEVICE_UNKNOWN */
async function shareOf(house: House, caller: Caller, identifier: string): Promise<Share> {
  const reach = reachOf(caller.actor, 'decision.explain');
  if (reach === 'all') return 'all';
  const operator = operatorOf(caller.actor);
  if (operator !== undefined) return { operator };
  const imei = identify(identifier)?.imei?.imei;
  const isOwn =
    imei !== undefined &&
    (await house.registry.transaction(async (query) => {
      const desk = deskOf(house, query, caller);
      const device = await findDevice(desk, { kind: 'imei', imei });
      return device !== undefined && isHolder(desk, device, caller.actor.id);
    }));
  if (!isOwn) throw new Refused([unknownThing('device')]);
  return 'holder';
}

/**
 * What of an explanation is for whom: an operator learns of its own network and subscribers only, and only of what it saw;
 * a holder learns nothing of who else used the device, and where. @throws Refused DEVICE_UNKNOWN
 */
function shared(explanation: Explanation, share: Share): Readonly<Record<string, unknown>> {
  if (share === 'all') return { ...explanation };
  const { sightings, subscriptions, entries: _, golden: __, published, ...others } = explanation;
  const common = published.filter(({ operator }) => operator === '');
  if (share === 'holder') return { ...others, published: common };
  const { operator } = share;
  const own = sightings.filter((one) => one.operator === operator);
  if (own.length === 0) throw new Refused([unknownThing('device')]);
  const latest = subscriptions.latest.filter(({ home }) => home === operator);
  return {
    ...others,
    sightings: own,
    subscriptions: { count: latest.length, masked: subscriptions.masked, latest },
    published: published.filter((one) => one.operator === '' || one.operator === operator),
  };
}

/** By which rules the register decides, and how it decided of an identifier. */
export const POLICY_ROUTES: readonly Route[] = [
  telling({
    method: 'GET',
    url: '/v1/country',
    action: 'policy.read',
    about: 'Tells what the country has decided: its networks, its conditions and what they bring about, how to object.',
    answer: Type.Object({
      name: Type.String(),
      timeZone: Type.String(),
      mccs: Type.Array(Type.String()),
      callingCodes: Type.Array(Type.String()),
      operators: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), plmns: Type.Array(Type.String()) })),
      conditions: Type.Array(CONDITION),
      retentionMonths: Type.Integer(),
    }),
    tell: ({ house: { policy } }) => ({
      name: policy.name,
      timeZone: policy.timeZone,
      mccs: [...policy.mccs],
      callingCodes: [...policy.callingCodes],
      operators: policy.operators.map((one) => ({ id: one.id, name: one.name, plmns: [...prefixesOf(one)] })),
      conditions: policy.conditions.map(({ label, reason, effect, dimensions }) => ({
        ...{ label, reason, effect },
        dimensions: dimensions.map(({ is, not }) => ({ is, not: not === true })),
      })),
      retentionMonths: policy.retentionMonths,
    }),
  }),
  telling({
    method: 'POST',
    url: '/v1/explanations',
    action: 'decision.explain',
    about:
      'Tells why an identifier stands as it does, with the evidence, as far as it is one’s own; the reading is recorded.',
    isRead: true,
    limit: 'heavy',
    body: closed({
      identifier: Type.String({ minLength: 1, maxLength: 64 }),
      date: Type.Optional(DAY),
      numbers: Type.Optional(Type.Boolean({ description: 'Numbers in full; to the regulator and the auditor only.' })),
    }),
    answer: EXPLANATION,
    faults: ['API_BUSY', 'DEVICE_UNKNOWN', 'EXPLAIN_IDENTIFIER', 'READ_PURPOSE', 'READ_QUOTA'],
    tell: async ({ body, reading, caller, house }) => {
      const { explaining, policy, clock } = house;
      if (explaining === undefined) throw new Refused([AWAY]);
      const { identifier, numbers = false } = body;
      const date = body.date === undefined ? today(policy.timeZone, clock()) : dayOf(body.date);
      const share = await shareOf(house, caller, identifier);
      const reader = { actor: caller.actor, ...reading };
      const wish = { identifier, date, numbers: numbers && share === 'all', reader };
      return shared(await explaining(wish), share);
    },
  }),
];
