import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { type Moved, moveByPort, moveBySimChange } from '../../devices/pairs/moves.ts';
import { holdSubscribers } from '../../devices/pairs/moving.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { applyPairChanges } from '../../registration/apply.ts';
import { operatorOf } from '../reach.ts';
import { type Route, route } from '../route.ts';
import { closed, line, TIME } from '../schema.ts';
import { demandHome, IMSI_IN, imsiOf, MSISDN_IN, msisdnOf } from './couple_form.ts';

/** Rows of one batch: each takes some milliseconds, and all are one transaction. */
const ROWS = 10_000;

/** Bytes of one batch: some 130 a row, with room for blanks. */
const BYTES = 4 << 20;

const SIM_CHANGE = closed({ oldImsi: IMSI_IN, newImsi: IMSI_IN, msisdn: MSISDN_IN, at: TIME });
const PORT = closed({ msisdn: MSISDN_IN, imsi: IMSI_IN, fromOperator: line(16), at: TIME });
const rowsOf = <T extends typeof SIM_CHANGE | typeof PORT>(row: T) =>
  closed({ rows: Type.Array(row, { minItems: 1, maxItems: ROWS }) });

const DONE = Type.Object({
  rows: Type.Integer(),
  repeated: Type.Integer({ description: 'Rows that were known already.' }),
  pairs: Type.Integer({ description: 'Pairs that rows are part of the history of now.' }),
});
const BATCH = { method: 'POST', action: 'pair.move', answer: DONE, limit: 'heavy', bytes: BYTES } as const;
const FAULTS = ['DEVICE_IDENTIFIER', 'DEVICE_TIME', 'PAIR_OPERATOR'] as const;

/** Whom rows are about. */
type About = { readonly imsis: readonly Imsi[]; readonly msisdn: Msisdn };

/** Bad rows that are told, at most. */
const MOST = 20;

/** Does something with each row, and tells of the bad ones where they stand. @throws Refused with the faults of rows */
async function eachRow<Row, T>(rows: readonly Row[], work: (row: Row) => T | Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  const faults: Fault[] = [];
  for (const [at, row] of rows.entries()) {
    try {
      done.push(await work(row));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(...error.faults.map(({ field = '', ...fault }) => placed({ ...fault, field }, at)));
    }
    if (faults.length >= MOST) break;
  }
  if (faults.length > 0) throw new Refused(faults.slice(0, MOST));
  return done;
}

const placed = (fault: Fault & { readonly field: string }, at: number): Fault => ({
  ...fault,
  line: at + 1,
  field: fault.field === '' ? `rows.${at}` : `rows.${at}.${fault.field}`,
});

/** The operator whose feed it is. @throws Refused PAIR_OPERATOR */
function ownOperator({ actor }: Desk): string {
  const operator = operatorOf(actor);
  if (operator !== undefined) return operator;
  const message = 'The account acts for no operator of the country file.';
  throw new Refused([{ code: 'PAIR_OPERATOR', message, remedy: 'Send it by an account of the operator.' }]);
}

/** Moves row by row, in their order; all of them or none. Two batches at once wait for each other instead of in a circle. */
async function moveAll<Row extends About>(
  desk: Desk,
  rows: readonly Row[],
  move: (row: Row) => Promise<Moved>,
): Promise<Type.Static<typeof DONE>> {
  const { vault } = desk;
  const keys = rows.flatMap(({ imsis, msisdn }) => [
    ...imsis.map((imsi) => vault.pseudonym('imsi', imsi)),
    vault.pseudonym('msisdn', msisdn),
  ]);
  await holdSubscribers(desk, keys);
  const moved = await eachRow(rows, async (row) => {
    const one = await move(row);
    await applyPairChanges(desk, one.toPlace);
    return one;
  });
  return {
    rows: rows.length,
    repeated: moved.filter(({ repeated }) => repeated).length,
    pairs: new Set(moved.flatMap(({ pairs }) => pairs)).size,
  };
}

/** How pairs follow a person: what operators report of changed SIMs and ported numbers. */
export const MOVE_ROUTES: readonly Route[] = [
  route({
    ...BATCH,
    url: '/v1/pairs/sim-changes',
    about:
      'Takes SIMs that an operator has replaced: pairs follow the person. A row that is known already does nothing.',
    body: rowsOf(SIM_CHANGE),
    faults: FAULTS,
    act: async (desk, { body }) => {
      const operator = ownOperator(desk);
      const rows = await eachRow(body.rows, ({ at, ...row }) => {
        const [oldImsi, newImsi] = [imsiOf(row.oldImsi, 'oldImsi'), imsiOf(row.newImsi, 'newImsi')];
        demandHome(desk, oldImsi, { operator, field: 'oldImsi' });
        demandHome(desk, newImsi, { operator, field: 'newImsi' });
        const msisdn = msisdnOf(desk, row.msisdn, 'msisdn');
        return { oldImsi, newImsi, msisdn, imsis: [oldImsi, newImsi], at: new Date(at) };
      });
      return moveAll(desk, rows, ({ imsis: _, ...row }) => moveBySimChange(desk, row));
    },
  }),
  route({
    ...BATCH,
    url: '/v1/pairs/ported',
    about: 'Takes numbers that were taken to the operator that reports them, with their new SIMs.',
    body: rowsOf(PORT),
    faults: FAULTS,
    act: async (desk, { body }) => {
      const toOperator = ownOperator(desk);
      const rows = await eachRow(body.rows, ({ at, fromOperator, ...row }) => {
        const imsi = imsiOf(row.imsi, 'imsi');
        demandHome(desk, imsi, { operator: toOperator, field: 'imsi' });
        demandOther(desk, { fromOperator, toOperator });
        const msisdn = msisdnOf(desk, row.msisdn, 'msisdn');
        return { fromOperator, toOperator, imsi, msisdn, imsis: [imsi], at: new Date(at) };
      });
      return moveAll(desk, rows, ({ imsis: _, ...row }) => moveByPort(desk, row));
    },
  }),
];

/** Refuses an operator that a number cannot have been taken from. @throws Refused PAIR_OPERATOR */
function demandOther(
  { policy }: Desk,
  { fromOperator, toOperator }: { readonly fromOperator: string; readonly toOperator: string },
): void {
  if (fromOperator !== toOperator && policy.operators.some(({ id }) => id === fromOperator)) return;
  const others = policy.operators.flatMap(({ id }) => (id === toOperator ? [] : [id])).join(', ');
  const message = `${JSON.stringify(fromOperator)} is no other operator of the country.`;
  throw new Refused([{ code: 'PAIR_OPERATOR', message, remedy: `Give one of: ${others}.`, field: 'fromOperator' }]);
}
