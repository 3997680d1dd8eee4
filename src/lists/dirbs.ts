import type { Policy } from '../country/country.ts';
import { REASONS as CHANGES, type Key } from './log.ts';
import { IMEI, REASONS, type Scope, type Sheet, SUBSCRIBER } from './sheet.ts';

/** A file of the folder: one CSV, or an archive of several. */
export type Plan = { readonly file: string; readonly zip: boolean; readonly sheets: readonly Sheet[] };

/** What a format makes files of. */
export type Occasion = Scope & {
  readonly policy: Pick<Policy, 'operators' | 'amnesty' | 'lists' | 'timeZone'>;
  /** `YYYY-MM-DD`, the day the lists are for. */
  readonly day: string;
  /** The run of the classification that the lists follow; undefined when there was none. */
  readonly classified: number | undefined;
  /** Whole lists beside the deltas? */
  readonly full: boolean;
  readonly now: Date;
};

/** A way of writing lists to files. */
export type Format = {
  readonly folder: (occasion: Occasion) => string;
  readonly plans: (occasion: Occasion) => readonly Plan[];
};

/** `YYYYMMDD_HHMMSS` in a time zone. */
function stamp(now: Date, timeZone: string): string {
  const options = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  } as const;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options }).formatToParts(now);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}${part('month')}${part('day')}_${part('hour')}${part('minute')}${part('second')}`;
}

const BLOCK = { ...IMEI, block_date: "formatDateTime(block_date, '%Y%m%d')", ...REASONS };
const PAIR = { ...IMEI, ...SUBSCRIBER };
const NOTICE = { ...IMEI, ...SUBSCRIBER, block_date: BLOCK.block_date, ...REASONS };
const AMNESTY = { amnesty_granted: "if(amnesty, 'True', 'False')" };

/** The lists there, under the names they have there. */
const KINDS = { blacklist: 'blocked', notifications: 'notifications', exceptions: 'exceptions' } as const;
type Kind = keyof typeof KINDS;

function plan(occasion: Occasion, kind: Kind, { key, columns }: { key: Key; columns: Sheet['columns'] }): Plan {
  const own = key.operator === '' ? '' : `_${key.operator}`;
  const stem = `${stamp(occasion.now, occasion.policy.timeZone)}_${kind}${own}`;
  const sheet = { key, columns, ending: '\r' } as const;
  // The first delta there ever was is against a run that these files number -1.
  const base = occasion.base === 0 ? -1 : occasion.base;
  // A pair has no content that could change.
  const { add, remove, update } = CHANGES[KINDS[kind]];
  const deltas = [...add, ...remove, ...(kind === 'exceptions' ? [] : update)].map(
    (reason): Sheet => ({ ...sheet, name: `${stem}_delta_${base}_${occasion.run}_${reason}.csv`, rows: { reason } }),
  );
  const whole: Sheet = { ...sheet, name: `${stem}.csv`, rows: 'state' };
  return { file: `${stem}.zip`, zip: true, sheets: occasion.full ? [whole, ...deltas] : deltas };
}

/** The columns and names of the lists that DIRBS gives: an archive a list, with the whole list and a delta a reason. */
export const dirbs: Format = {
  folder: ({ now, policy, classified }) =>
    `listgen__${stamp(now, policy.timeZone)}${classified === undefined ? '' : `__classid_${classified}`}`,
  plans(occasion) {
    const { operators, amnesty } = occasion.policy;
    const notice = amnesty === undefined ? NOTICE : { ...NOTICE, ...AMNESTY };
    const own = operators.flatMap(({ id }) => [
      plan(occasion, 'notifications', { key: { list: 'notifications', operator: id }, columns: notice }),
      plan(occasion, 'exceptions', { key: { list: 'exceptions', operator: id }, columns: PAIR }),
    ]);
    return [plan(occasion, 'blacklist', { key: { list: 'blocked', operator: '' }, columns: BLOCK }), ...own];
  },
};
