import type { Actor } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import type { DeviceId } from '../../devices/device.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { CountryCode } from '../../identifiers/iso3166.ts';
import type { Reference } from '../../identifiers/reference.ts';
import type { TheftState } from '../theft.ts';
import type { TheftFacts } from './report.ts';
import type { EventKind, KillSwitch, Mode } from './words.ts';

/** As what somebody brought a case in. */
export type InsertingParty = 'owner' | 'operator' | 'police' | 'dealer';

/** How use or ownership was proved. */
export type ProofKind = 'number' | 'invoice' | 'police';

/** A case of theft or loss, without the persons in it. */
export type TheftCase = TheftFacts & {
  readonly id: string;
  /** Order of arrival. */
  readonly number: string;
  readonly reference: Reference;
  readonly state: TheftState;
  /** Since when it is in that state. */
  readonly since: Date;
  /** The last day of what runs out in it. */
  readonly due: Day | undefined;
  readonly imeis: readonly Imei[];
  /** Of them those that networks are told of because of this case. */
  readonly heldImeis: readonly Imei[];
  readonly device: DeviceId | undefined;
  readonly cargo: string | undefined;
  /** The open case beside which it is a claim. */
  readonly beside: string | undefined;
  readonly party: InsertingParty;
  /** Who brought it in: an account, or the pseudonym of a proved number or address. */
  readonly reporter: string;
  readonly organisation: string | undefined;
  /** The police unit whose case it is; undefined: the national level's. */
  readonly unit: string | undefined;
  readonly proof: ProofKind | undefined;
  /** When networks were first told. */
  readonly held: Date | undefined;
  readonly opened: Date;
  /** Pseudonyms of the contact. */
  readonly contactKeys: readonly string[];
};

type Row = {
  readonly id: string;
  readonly number: string;
  readonly reference: Reference;
  readonly state: TheftState;
  readonly since: Date;
  readonly due: Day | null;
  readonly imeis: readonly { readonly imei: Imei; readonly held: boolean }[];
  readonly device: DeviceId | null;
  readonly cargo: string | null;
  readonly beside: string | null;
  readonly party: InsertingParty;
  readonly reporter: string;
  readonly organisation: string | null;
  readonly unit: string | null;
  readonly proof: ProofKind | null;
  readonly held: Date | null;
  readonly opened: Date;
  readonly msisdn_key: string | null;
  readonly email_key: string | null;
  readonly kind: EventKind;
  readonly country: CountryCode;
  readonly day: Day;
  readonly place: string | null;
  readonly station: string | null;
  readonly complaint: string | null;
  readonly make: string | null;
  readonly model: string | null;
  readonly colour: string | null;
  readonly storage: string | null;
  readonly mode: Mode;
  readonly kill_switch: KillSwitch;
};

const SELECT = `SELECT t.id, t.number, t.reference, t.state, t.since, to_char(t.due, 'YYYY-MM-DD') AS due, t.device, t.cargo,
  t.beside, t.party, t.reporter, t.organisation, t.unit, t.proof, t.held, t.opened, t.msisdn_key, t.email_key, t.kind,
  t.country, to_char(t.day, 'YYYY-MM-DD') AS day, t.place, t.station, t.complaint, t.make, t.model, t.colour, t.storage,
  t.mode, t.kill_switch, (SELECT json_agg(json_build_object('imei', i.imei, 'held', i.held) ORDER BY i.place)
    FROM theft_imei AS i WHERE i.theft = t.id) AS imeis
  FROM theft AS t`;

/** The keys that hold something, as plain fields: null is not a value of ours. */
const present = <T extends object>(parts: T): { readonly [K in keyof T]?: Exclude<T[K], null> } =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null)) as {
    readonly [K in keyof T]?: Exclude<T[K], null>;
  };

const caseOf = (row: Row): TheftCase => {
  const { place, station, complaint, make, model, colour, storage } = row;
  return {
    ...present({ place, station, complaint, make, model, colour, storage }),
    id: row.id,
    number: row.number,
    reference: row.reference,
    state: row.state,
    since: row.since,
    due: row.due ?? undefined,
    imeis: row.imeis.map(({ imei }) => imei),
    heldImeis: row.imeis.filter(({ held }) => held).map(({ imei }) => imei),
    device: row.device ?? undefined,
    cargo: row.cargo ?? undefined,
    beside: row.beside ?? undefined,
    party: row.party,
    reporter: row.reporter,
    organisation: row.organisation ?? undefined,
    unit: row.unit ?? undefined,
    proof: row.proof ?? undefined,
    held: row.held ?? undefined,
    opened: row.opened,
    contactKeys: [row.msisdn_key, row.email_key].filter((key) => key !== null),
    kind: row.kind,
    country: row.country,
    day: row.day,
    mode: row.mode,
    killSwitch: row.kill_switch,
  };
};

/** Cases that a condition over `t` picks; `rest` is what follows it, such as an order. */
export async function selectThefts(
  { query }: Pick<Desk, 'query'>,
  { where, rest = '' }: { readonly where: string; readonly rest?: string },
  values: readonly unknown[],
): Promise<readonly TheftCase[]> {
  return (await query<Row>(`${SELECT} WHERE ${where} ${rest}`, values)).map(caseOf);
}

/** Holds the row of a case until the transaction ends, and reads it: of two who act at once the second sees what the first did. */
export async function lockTheft(desk: Pick<Desk, 'query'>, id: string): Promise<TheftCase> {
  await desk.query('SELECT FROM theft WHERE id = $1 FOR NO KEY UPDATE', [id]);
  const [found] = await selectThefts(desk, { where: 't.id = $1' }, [id]);
  if (found === undefined) throw new Error(`the case ${id} vanished`);
  return found;
}

/** Whether somebody brought a case in: the same organisation, or for citizens the same account or proved contact. */
export function isInserter({ id, organisation }: Actor, theft: TheftCase): boolean {
  if (theft.organisation !== undefined) return organisation?.id === theft.organisation;
  return theft.reporter === id || theft.contactKeys.includes(id);
}

/** The name under which a case keeps IMEIs on control lists, and is named to other rooms. */
export const holderOf = ({ id }: Pick<TheftCase, 'id'>): string => `theft:${id}`;
