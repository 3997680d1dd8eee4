import type { Desk } from '../../access/desk.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { deviceOf } from '../../devices/enter.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { dayOf } from '../../notices/clock.ts';
import { holderOf, type ProofKind, type TheftCase } from './case.ts';
import { takeTurns } from './limits.ts';
import { moveTheft } from './move.ts';
import type { Proved } from './proof.ts';
import { tellReporter } from './tell.ts';

/** The last day for the police to confirm what is reported now. */
export const confirmEnd = ({ now, policy }: Desk): Day =>
  addDays(dayOf(now, policy.timeZone), policy.theft.confirmDays);

/**
 * The open case that holds one of these IMEIs already, but for the one of an id. Two that open a case of one device at once wait for each other here,
 * so that the second finds the first.
 */
export async function openCaseOf(desk: Desk, imeis: readonly Imei[], but?: string): Promise<string | undefined> {
  await takeTurns(
    desk,
    imeis.map((imei) => `imei ${imei}`),
  );
  const [row] = await desk.query<{ theft: string }>(
    'SELECT theft FROM theft_imei WHERE imei = ANY ($1) AND held AND theft IS DISTINCT FROM $2 ORDER BY theft LIMIT 1',
    [imeis, but ?? null],
  );
  return row?.theft;
}

/** The device of what was proved; one that nobody knew is entered by its first IMEI. */
export async function deviceFor(desk: Desk, theft: Pick<TheftCase, 'id'>, { imeis, device }: Proved): Promise<string> {
  if (device !== undefined) return device.id;
  const [imei] = imeis;
  if (imei === undefined) throw new Error('nothing was proved');
  return (await deviceOf(desk, imei, { source: holderOf(theft) })).id;
}

/** What was proved, by what, and the pseudonym of that. */
type Opening = { readonly proved: Proved; readonly proof: ProofKind; readonly key: string };

/** Opens the case of what was proved, or makes it a claim beside the one that is open. */
export async function holdOrJoin(desk: Desk, theft: TheftCase, { proved, proof, key }: Opening): Promise<TheftCase> {
  const other = await openCaseOf(desk, proved.imeis);
  const device = await deviceFor(desk, theft, proved);
  const due = confirmEnd(desk);
  const evidence = { proof, imeis: proved.imeis };
  if (other !== undefined) {
    const change = { device, beside: other, proof, proofKey: key };
    const joined = await moveTheft(desk, theft, { event: 'join', due, evidence, change });
    await tellReporter(desk, joined, { template: 'theft_received', values: {} });
    return joined;
  }
  const change = { device, proof, proofKey: key };
  const opened = await moveTheft(desk, theft, { event: 'prove', due, evidence, imeis: proved.imeis, change });
  await tellReporter(desk, opened, { template: 'theft_provisional', values: { until: due } });
  return opened;
}
