import type { Desk } from '../access/desk.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Asking, Device, DeviceId, Origin } from './device.ts';
import type { IdentifierKind } from './identifier.ts';

/** What a fact is about. */
export type FactKind = IdentifierKind | 'maker' | 'model' | 'event' | 'seen';

/** Something that is held to be true of a device, or was once. */
export type Fact = Origin & {
  readonly id: string;
  readonly kind: FactKind;
  /** An identifier as {@link textOf} writes it, a name, an event; of a sighting the pseudonym of who was named, or ''. */
  readonly value: string;
  readonly slot: number | undefined;
  /** Roles, finding and note of an event. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  /** From when on it is true. Events and sightings stay true: that they were. */
  readonly from: Date;
  /** Up to when, that moment not counted; undefined: no end is known. */
  readonly to: Date | undefined;
  /** When it was learnt. */
  readonly recorded: Date;
  readonly actor: string;
  /** Since when it is not held to be true any more, and why. */
  readonly superseded: { readonly at: Date; readonly because: string; readonly by: string | undefined } | undefined;
};

/** A fact to be recorded. */
export type NewFact = Origin & {
  readonly kind: FactKind;
  readonly value: string;
  readonly slot?: number | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly from: Date;
  readonly to?: Date | undefined;
};

/** How far what is told may lie ahead, in milliseconds: clocks of machines differ. Ours. */
const AHEAD = 600_000;

/** Refuses what is told of the future. @throws Refused DEVICE_TIME. */
export function checkTime({ now }: Pick<Desk, 'now'>, at: Date): void {
  if (at.getTime() <= now.getTime() + AHEAD) return;
  const message = Number.isNaN(at.getTime())
    ? 'The time at which it happened is no time.'
    : `It is told to happen at ${at.toISOString()}, which lies ahead.`;
  throw new Refused([{ code: 'DEVICE_TIME', message, remedy: 'Give the time at which it happened.', field: 'at' }]);
}

/** Records a fact and gives its number. */
export async function addFact(desk: Desk, device: DeviceId, fact: NewFact): Promise<string> {
  const { kind, value, slot, detail, from, to, source, batch } = fact;
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO device_fact
       (device, kind, value, slot, detail, happened_from, happened_to, recorded, source, batch, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
    [
      device,
      kind,
      value,
      slot ?? null,
      detail ?? null,
      from,
      to ?? null,
      desk.now,
      source,
      batch ?? null,
      desk.actor.id,
    ],
  );
  if (row === undefined) throw new Error('a fact was not recorded');
  return row.id;
}

/** When facts are read: as of which moment, and with what was known at which; both are now where left out. */
export type Reading = { readonly asOf?: Date | undefined; readonly knownAt?: Date | undefined };

const COLUMNS = `f.id, f.kind, f.value, f.slot, f.detail, f.happened_from AS from, f.happened_to AS to, f.recorded, f.source,
  f.batch, f.actor, f.superseded, f.superseded_because AS because, f.superseded_by AS by`;

type Row = {
  readonly id: string;
  readonly kind: FactKind;
  readonly value: string;
  readonly slot: number | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
  readonly from: Date;
  readonly to: Date | null;
  readonly recorded: Date;
  readonly source: string;
  readonly batch: string | null;
  readonly actor: string;
  readonly superseded: Date | null;
  readonly because: string | null;
  readonly by: string | null;
};

const factOf = ({ slot, detail, to, batch, superseded, because, by, ...row }: Row): Fact => ({
  ...row,
  slot: slot ?? undefined,
  detail: detail ?? undefined,
  to: to ?? undefined,
  batch: batch ?? undefined,
  superseded: superseded === null ? undefined : { at: superseded, because: because ?? '', by: by ?? undefined },
});

/**
 * What was true of a device at one moment, by what was known at another: `asOf` a day of last year and `knownAt` the same
 * day tells what we said then, `knownAt` today what we say of then now.
 */
export async function factsOf(
  desk: Pick<Desk, 'query' | 'now'>,
  device: Pick<Device, 'id'>,
  { asOf = desk.now, knownAt = desk.now }: Reading = {},
): Promise<readonly Fact[]> {
  const rows = await desk.query<Row>(
    `SELECT ${COLUMNS} FROM device_fact f JOIN device d ON d.id = f.device
     WHERE (d.id = $1 OR (d.united_into = $1 AND d.united <= $3))
       AND f.recorded <= $3 AND (f.superseded IS NULL OR f.superseded > $3)
       AND f.happened_from <= $2 AND (f.happened_to IS NULL OR f.happened_to > $2)
     ORDER BY f.happened_from, f.id`,
    [device.id, asOf, knownAt],
  );
  return rows.map(factOf);
}

/** All that was ever recorded of a device, by when it happened; what is superseded says so. */
export async function timelineOf({ query }: Asking, device: Pick<Device, 'id'>): Promise<readonly Fact[]> {
  const rows = await query<Row>(
    `SELECT ${COLUMNS} FROM device_fact f JOIN device d ON d.id = f.device
     WHERE d.id = $1 OR d.united_into = $1 ORDER BY f.happened_from, f.id`,
    [device.id],
  );
  return rows.map(factOf);
}

/** A fact with the device that it is of now, for whoever corrects it; what is superseded already cannot be. */
export async function standingFact(
  { query }: Asking,
  id: string,
): Promise<{ readonly device: DeviceId; readonly fact: Fact }> {
  const [row] = await query<Row & { device: DeviceId }>(
    `SELECT coalesce(d.united_into, d.id) AS device, ${COLUMNS} FROM device_fact f JOIN device d ON d.id = f.device
     WHERE f.id::text = $1 AND f.superseded IS NULL FOR UPDATE OF f`,
    [id],
  );
  if (row === undefined) throw new Refused([unknownFact(id)]);
  const { device, ...fact } = row;
  return { device, fact: factOf(fact) };
}

const unknownFact = (id: string): Fault => ({
  code: 'DEVICE_UNKNOWN',
  message: `There is no fact ${id.slice(0, 40)} that could be corrected.`,
  remedy: 'Read the facts of the device anew; somebody may have corrected it meanwhile.',
  field: 'fact',
});

/** Ceases to hold a fact to be true, in favour of another or of none. */
export async function supersede(
  { query, now }: Pick<Desk, 'query' | 'now'>,
  { fact, because, by }: { readonly fact: string; readonly because: string; readonly by?: string | undefined },
): Promise<void> {
  await query(
    'UPDATE device_fact SET superseded = $2, superseded_because = $3, superseded_by = $4 WHERE id = $1 AND superseded IS NULL',
    [fact, now, because, by ?? null],
  );
}
