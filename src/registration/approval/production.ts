import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import { type Imei, snrOf, tacOf } from '../../identifiers/imei.ts';
import type { Tac } from '../../identifiers/tac.ts';
import { demandBrand, organisationOf } from '../account.ts';
import type { Knowledge, Model } from '../knowledge.ts';
import { badValue, refused, unknown } from '../refusal.ts';
import { dayOf } from '../step.ts';
import { countVolume, returnQuota, spendQuota } from '../trade/quota.ts';

/** What a maker made: serial numbers from … to of a TAC, both included. */
export type NewRange = {
  readonly tac: Tac;
  readonly from: number;
  readonly to: number;
  /** Made in the country: no consignment brings them. */
  readonly domestic: boolean;
  /** When they were made. */
  readonly at: Date;
};

/** A range as it is kept. */
export type ProductionRange = NewRange & {
  readonly id: string;
  readonly maker: string;
  readonly brand: string;
  readonly recorded: Date;
};

const COLUMNS = `id, maker, brand, tac, serial_from AS "from", serial_to AS "to", domestic, at, recorded`;

const LARGEST = 1_000_000;

/**
 * A maker registers what it made (ITU-T Q.5050 §8.6, inferred): of its own brands only, counted against its quota, and of
 * no serial number that is another range's.
 * @throws Refused STATE_ROLE, REGISTRATION_VALUE, REGISTRATION_BRAND, REGISTRATION_TAKEN, REGISTRATION_QUOTA
 */
export async function registerRange(
  desk: Desk,
  knowledge: Knowledge,
  range: NewRange,
): Promise<{ readonly id: string }> {
  const maker = makerOf(desk);
  const devices = checked(desk, range);
  const model = (await knowledge.models([range.tac], dayOf(desk))).get(range.tac);
  if (model === undefined)
    throw badValue('tac', `The TAC ${range.tac} is not allocated.`, 'Wait until the list of TACs has it.');
  const brand = brandFor(maker, model);
  // One at a time for each TAC, so that of two that overlap the second is refused.
  await desk.query('SELECT pg_advisory_xact_lock($1, $2)', [7_305_210, Number(range.tac)]);
  const [other] = await desk.query(
    'SELECT FROM production_range WHERE withdrawn IS NULL AND tac = $1 AND serial_from <= $3 AND serial_to >= $2 LIMIT 1',
    [range.tac, range.from, range.to],
  );
  if (other !== undefined)
    throw refused(
      'REGISTRATION_TAKEN',
      `Serial numbers of TAC ${range.tac} from ${range.from} to ${range.to} are registered already, all or some.`,
      'Register those that are not; each is made once.',
    );
  await spendQuota(desk, maker, devices);
  await countVolume(desk, devices);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO production_range (maker, brand, tac, serial_from, serial_to, domestic, at, recorded, by_whom)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [maker.id, brand, range.tac, range.from, range.to, range.domestic, range.at, desk.now, desk.actor.id],
  );
  if (row === undefined) throw new Error('a range without an id');
  return row;
}

function makerOf(desk: Pick<Desk, 'actor'>) {
  const maker = organisationOf(desk);
  if (desk.actor.roles.includes('maker') && maker.kind === 'maker') return maker;
  throw refused('STATE_ROLE', 'Ranges of production are for makers to register.', 'It is for: maker.');
}

function brandFor(maker: ReturnType<typeof makerOf>, { brand, manufacturer }: Model): string {
  const [own = brand] = [brand, manufacturer].filter((name) =>
    (maker.brands ?? []).some((one) => one === name.trim().toLowerCase()),
  );
  demandBrand(maker, own);
  return own;
}

function checked({ now }: Pick<Desk, 'now'>, { from, to, at }: NewRange): number {
  const isSerial = (one: number): boolean => Number.isInteger(one) && one >= 0 && one < LARGEST;
  if (!isSerial(from) || !isSerial(to) || to < from)
    throw badValue(
      'from',
      `${from} to ${to} is no range of serial numbers.`,
      'Give two from 0 to 999999, the lower first.',
    );
  if (at > now) throw badValue('at', 'They are told to be made in the future.', 'Register them once they are made.');
  return to - from + 1;
}

/** The ranges of the actor's own organisation, the newest first. @throws Refused REGISTRATION_UNKNOWN */
export const myRanges = (
  desk: Desk,
  { tac, limit }: { readonly tac?: Tac | undefined; readonly limit: number },
): Promise<readonly ProductionRange[]> =>
  desk.query<ProductionRange>(
    `SELECT ${COLUMNS} FROM production_range
     WHERE maker = $1 AND withdrawn IS NULL AND ($2::text IS NULL OR tac = $2) ORDER BY recorded DESC, id LIMIT $3`,
    [organisationOf(desk).id, tac ?? null, limit],
  );

/** Takes back a range that was registered by mistake. @throws Refused REGISTRATION_UNKNOWN */
export async function withdrawRange(desk: Desk, id: string): Promise<void> {
  const [row] = isUuid(id)
    ? await desk.query<{ devices: number; counted: Date }>(
        `UPDATE production_range SET withdrawn = $3, withdrawn_by = $4 WHERE id = $1 AND maker = $2 AND withdrawn IS NULL
         RETURNING serial_to - serial_from + 1 AS devices, recorded AS counted`,
        [id, organisationOf(desk).id, desk.now, desk.actor.id],
      )
    : [];
  if (row === undefined) throw unknown('range');
  await returnQuota(desk, organisationOf(desk).id, row);
}

/** The range that an IMEI was made in; undefined where no maker says so. That it is copied, it does not tell. */
export async function rangeOf({ query }: Pick<Desk, 'query'>, imei: Imei): Promise<ProductionRange | undefined> {
  const [row] = await query<ProductionRange>(
    `SELECT ${COLUMNS} FROM production_range
     WHERE withdrawn IS NULL AND tac = $1 AND serial_from <= $2 AND serial_to >= $2`,
    [tacOf(imei), Number(snrOf(imei))],
  );
  return row;
}

/** What a maker brings forward when it contests a decision about a device of its own: the data of an appeal. */
export type MakersGround = {
  readonly imei: Imei;
  readonly maker: string;
  readonly brand: string;
  /** The range in which it was made. */
  readonly range: string;
  readonly made: Date;
};

/**
 * What a maker can bring forward for a device that it made. Of others it is told nothing, not even that they exist.
 * @throws Refused REGISTRATION_UNKNOWN
 */
export async function makersGround(desk: Desk, imei: Imei): Promise<MakersGround> {
  const maker = makerOf(desk);
  const range = await rangeOf(desk, imei);
  if (range === undefined || range.maker !== maker.id) throw unknown('device of your making');
  return { imei, maker: maker.id, brand: range.brand, range: range.id, made: range.at };
}
