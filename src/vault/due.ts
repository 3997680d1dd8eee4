import type { DataClass } from './vault.ts';

/** What is deleted when its time is over. */
export type DueRule = {
  readonly table: string;
  /** A column that names a row of the table. */
  readonly key: string;
  /** Whose days hold; see the country file's `retention`. */
  readonly class: DataClass;
  /** The columns that are emptied; without them the row goes. */
  readonly empties?: readonly string[];
  /** SQL of a row `t`: true where what it was kept for ended before `$1`. */
  readonly due: string;
};

/** When what goes through states of registration last went on. */
const LAST_STEP = (thing: string): string =>
  `SELECT max(s.recorded) FROM registration_step s WHERE s.thing = '${thing}' AND s.id = t.id`;

/** When the last step of a dispute was. */
const LAST_WORD = 'SELECT max(s.at) FROM device_dispute_step s WHERE s.dispute = t.id';

/** A case of theft or loss, or what belongs to one, that was closed before `$1`. */
const CLOSED = "t.state = 'closed' AND t.since < $1";
const OF_CLOSED = "EXISTS (SELECT 1 FROM theft c WHERE c.id = t.theft AND c.state = 'closed' AND c.since < $1)";

/** An appeal or complaint, by the letter that stands for its row, that was decided or given up before `$1`. */
const DECIDED = (row: string): string =>
  `${row}.state IN ('upheld', 'overturned', 'withdrawn', 'expired') AND ${row}.since < $1`;

/** What is deleted and when. A room that keeps personal data adds a line for each table of them. */
export const DUE: readonly DueRule[] = [
  { table: 'control_pair', key: 'id', class: 'contact', empties: ['subscriber'], due: 't.released < $1' },
  {
    // Who was told: nothing is due to be sent any more, and the last word on it was long ago.
    table: 'notice',
    key: 'id',
    class: 'contact',
    empties: ['contacts', 'content'],
    due: `NOT EXISTS (SELECT 1 FROM notice_due d WHERE d.notice = t.id)
      AND coalesce((SELECT max(e.at) FROM notice_event e WHERE e.notice = t.id), t.planned) < $1`,
  },
  {
    table: 'type_approval',
    key: 'id',
    class: 'contact',
    empties: ['contact'],
    due: `t.state IN ('refused', 'revoked', 'expired') AND (${LAST_STEP('type_approval')}) < $1`,
  },
  {
    table: 'consignment',
    key: 'id',
    class: 'contact',
    empties: ['contact'],
    due: `t.state IN ('released', 'refused', 'withdrawn') AND (${LAST_STEP('consignment')}) < $1`,
  },
  {
    table: 'admission',
    key: 'id',
    class: 'contact',
    empties: ['contact'],
    due: `t.state IN ('lapsed', 'left', 'regularised', 'withdrawn') AND (${LAST_STEP('admission')}) < $1`,
  },
  {
    table: 'personal_import',
    key: 'id',
    class: 'contact',
    empties: ['contact'],
    due: `t.state IN ('registered', 'refused', 'withdrawn') AND (${LAST_STEP('personal_import')}) < $1`,
  },
  { table: 'theft', key: 'id', class: 'contact', empties: ['contact'], due: CLOSED },
  { table: 'theft', key: 'id', class: 'identity', empties: ['owner'], due: CLOSED },
  { table: 'theft', key: 'id', class: 'proof', empties: ['invoice'], due: CLOSED },
  { table: 'theft_custody', key: 'id', class: 'identity', empties: ['person'], due: OF_CLOSED },
  { table: 'theft_trace', key: 'id', class: 'trace', empties: ['subscriber'], due: OF_CLOSED },
  { table: 'appeal', key: 'id', class: 'contact', empties: ['contact'], due: DECIDED('t') },
  {
    table: 'appeal_exhibit',
    key: 'id',
    class: 'proof',
    empties: ['content'],
    due: `EXISTS (SELECT 1 FROM appeal a WHERE a.id = t.appeal AND ${DECIDED('a')})`,
  },
  { table: 'device_pair', key: 'id', class: 'contact', empties: ['imsi', 'msisdn'], due: 't.ended < $1' },
  {
    table: 'device_pair_move',
    key: 'id',
    class: 'contact',
    empties: ['new_imsi', 'msisdn'],
    // What an open pair stands on is what networks are told.
    due: `t.recorded < $1 AND NOT EXISTS (SELECT 1 FROM device_pair_sim s JOIN device_pair p ON p.id = s.pair
      WHERE s.move = t.id AND s.superseded IS NULL AND (p.ended IS NULL OR p.ended >= $1))`,
  },
  {
    table: 'device_dispute',
    key: 'id',
    class: 'proof',
    empties: ['statement'],
    due: `t.state IN ('upheld', 'rejected', 'withdrawn') AND (${LAST_WORD}) < $1`,
  },
  { table: 'totp', key: 'id', class: 'account', due: 't.removed < $1' },
];
