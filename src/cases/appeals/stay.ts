import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { dayOf } from '../../notices/clock.ts';
import type { Ask } from '../../stores/registry.ts';

/** Whether a rule may have no effect on an IMEI now. Whoever is about to block for a reason asks this first. */
export async function isStayed(query: Ask, imei: Imei, reason: string): Promise<boolean> {
  const found = await query('SELECT FROM stay WHERE imei = $1 AND reason = $2 AND until IS NULL LIMIT 1', [
    imei,
    reason,
  ]);
  return found.length > 0;
}

/** The day on which a block that a rule set for a day takes effect; undefined while it is held off. */
export async function effectiveBlockDay(
  query: Ask,
  { imei, reason, blockDay }: { readonly imei: Imei; readonly reason: string; readonly blockDay: Day },
): Promise<Day | undefined> {
  const [row] = await query<{ day: Day | null }>(`SELECT to_char(stayed_block($1, $2, $3), 'YYYY-MM-DD') AS day`, [
    imei,
    reason,
    blockDay,
  ]);
  return row?.day ?? undefined;
}

type NewStay = {
  readonly appeal: string;
  readonly imei: Imei;
  readonly reason: string;
  readonly overturned: boolean;
};

/** Holds an effect off from today on. */
export async function beginStay(desk: Desk, { appeal, imei, reason, overturned }: NewStay): Promise<void> {
  await desk.query(
    'INSERT INTO stay (appeal, imei, reason, overturned, since, recorded) VALUES ($1, $2, $3, $4, $5, $6)',
    [appeal, imei, reason, overturned, dayOf(desk.now, desk.policy.timeZone), desk.now],
  );
}

/** Lets the clock go on that an appeal has stopped. */
export async function endStays(desk: Desk, appeal: string): Promise<void> {
  await desk.query('UPDATE stay SET until = $2, ended = $3 WHERE appeal = $1 AND until IS NULL', [
    appeal,
    dayOf(desk.now, desk.policy.timeZone),
    desk.now,
  ]);
}
