import type { Desk } from '../../access/desk.ts';
import { Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { placeHold, releaseHolds } from '../../lists/offices/control.ts';
import { dayEnds } from '../../notices/clock.ts';
import { HOLDS } from '../theft.ts';
import { holderOf, type TheftCase } from './case.ts';

/** What networks are told of a device: what is lost is not said to be stolen. */
const reasonOf = ({ kind }: Pick<TheftCase, 'kind'>): 'stolen' | 'lost' => (kind === 'lost' ? 'lost' : 'stolen');

/**
 * Makes the control lists say what the state of a case asks for: all its IMEIs that are to be held are, and no others. A
 * provisional hold ends by itself after its last day, even if nobody comes round to expire the case.
 * @throws Refused CASE_BASIS where the country names no law for the block.
 */
export async function settleHolds(
  desk: Desk,
  theft: TheftCase,
  { imeis, because }: { readonly imeis: readonly Imei[]; readonly because: string },
): Promise<void> {
  const hold = HOLDS[theft.state];
  if (hold === 'none') {
    if (theft.heldImeis.length > 0) await release(desk, theft, because);
    return;
  }
  const until =
    hold === 'provisional' && theft.due !== undefined ? dayEnds(theft.due, desk.policy.timeZone) : undefined;
  for (const imei of imeis) await place(desk, theft, { imei, until });
  await desk.query(
    `INSERT INTO theft_imei (theft, imei, place, held)
     SELECT $1, imei, place + (SELECT count(*) FROM theft_imei WHERE theft = $1), true
     FROM unnest($2::text[]) WITH ORDINALITY AS told (imei, place)
     ON CONFLICT (theft, imei) DO UPDATE SET held = true`,
    [theft.id, imeis],
  );
  await desk.query('UPDATE theft SET held = $2 WHERE id = $1 AND held IS NULL', [theft.id, desk.now]);
}

async function release(desk: Desk, theft: TheftCase, because: string): Promise<void> {
  await releaseHolds(desk, { holder: holderOf(theft), because });
  await desk.query('UPDATE theft_imei SET held = false WHERE theft = $1 AND held', [theft.id]);
}

async function place(
  desk: Desk,
  theft: TheftCase,
  { imei, until }: { readonly imei: Imei; readonly until: Date | undefined },
): Promise<void> {
  const hold = { imei, reason: reasonOf(theft), holder: holderOf(theft), until };
  if (theft.mode === 'recovery') await placeHold(desk, { ...hold, list: 'tracked' });
  else await placeHold(desk, { ...hold, list: 'blocked', ground: { basis: legalBasis(desk) } });
}

function legalBasis({ policy }: Pick<Desk, 'policy'>): string {
  const { legalBasis: basis } = policy.theft;
  if (basis !== undefined) return basis;
  throw new Refused([
    {
      code: 'CASE_BASIS',
      message: 'The country file names no law by which a reported device is blocked without notice.',
      remedy: 'Name it in the country file: theft.legal_basis.',
    },
  ]);
}
