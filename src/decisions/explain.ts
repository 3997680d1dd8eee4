import type { Actor } from '../access/actor.ts';
import { appendRead, recordRead } from '../access/log.ts';
import { shellActor } from '../access/shell.ts';
import type { Day } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { literal } from '../stores/analytics.ts';
import { observedKey, shardOf } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';
import { appealOf } from './appeal.ts';
import type { Explanation } from './explanation.ts';
import { type Identity, identify } from './identity.ts';
import { nextSteps } from './next.ts';
import { entriesOf, goldenOf, modelOf, type Place, publishedOf, sightingsOf, subscriptionsOf } from './record.ts';
import { lastClassified, verdictsOf } from './verdict.ts';

/** Who wants an explanation. */
export type Reader = { readonly actor: Actor; readonly purpose: string; readonly case?: string | undefined };

/** What is to be explained. */
export type ExplainWish = {
  readonly country: Country;
  /** An IMEI of 14 to 16 digits, or any text that networks reported in its place. */
  readonly identifier: string;
  /** The day on which conditions are measured. */
  readonly date: Day;
  /** IMSIs and MSISDNs in full. */
  readonly numbers?: boolean | undefined;
  /** Who reads, what for and in which case; without it, whoever has the shell. */
  readonly reader?: Reader | undefined;
};

/**
 * Everything known of one identifier, and what follows: measured now, on the given day, under the given country file, by
 * the very dimensions that a run of classification uses. Who read of whom, and whether numbers in full, is recorded
 * before anything is read.
 * @throws Refused where the identifier is empty, or the reader gives no purpose or has read enough today.
 */
export async function explain(store: Store, wish: ExplainWish): Promise<Explanation> {
  const { country, date } = wish;
  const identity = identify(wish.identifier);
  if (identity === undefined) throw new Refused([EMPTY]);
  await recordReading(store, wish, identity.known);
  const place = await placeOf(store, identity, date);
  const model = await modelOf(place);
  const sightings = await sightingsOf(place);
  const golden = await goldenOf(place, store.pseudonyms.golden);
  const classified = await lastClassified(store);
  const known = {
    date,
    country: { name: country.name, hash: country.hash },
    identity,
    ...(model === undefined ? {} : { model }),
    sightings,
    subscriptions: await subscriptionsOf(place, country, wish.numbers === true),
    entries: await entriesOf(place),
    ...(golden === undefined ? {} : { golden }),
    verdicts: await verdictsOf(store, place, { country, seen: sightings.length > 0 }),
    published: await publishedOf(place),
    ...(classified === undefined ? {} : { classified }),
  };
  const named = identity.imei?.imei15 ?? identity.known;
  return { ...known, next: nextSteps(known, country), ...appealOf(known, { country, named }) };
}

const EMPTY: Fault = {
  code: 'EXPLAIN_IDENTIFIER',
  message: 'The identifier is empty.',
  remedy: 'Give an IMEI, or the text that networks report in its place.',
};

/** The key of the identifier and the shard that holds it, both as the engine works them out. */
async function placeOf({ analytics }: Store, identity: Identity, date: Day): Promise<Place> {
  const count = analytics.shards.length;
  const [row] = await analytics.home.query<{ id: string; at: string }>(
    `SELECT id, ${shardOf(count, 'id')} AS at FROM (SELECT ${observedKey(literal(identity.known))} AS id)`,
  );
  const shard = analytics.shards.find(({ number }) => number === Number(row?.at));
  if (row === undefined || shard === undefined) throw new Error('no shard holds the identifier');
  return { shard, key: `toUInt64(${row.id})`, date };
}

function recordReading({ registry }: Store, wish: ExplainWish, subject: string): Promise<void> {
  const { actor, ...why } = wish.reader ?? { actor: shellActor(), purpose: 'not told' };
  const open = wish.numbers === true;
  const action = open ? 'explain with numbers' : 'explain';
  const fields = open ? ['imsi', 'msisdn'] : [];
  const now = new Date();
  // What is masked is recorded, but counts against no quota.
  const record = open ? recordRead : appendRead;
  return registry.transaction((query) =>
    record({ query, actor, policy: wish.country, now }, { action, ...why, subject, fields }),
  );
}
