import type { Format, Occasion, Plan } from './dirbs.ts';
import { IMEI, REASONS, type Sheet, SUBSCRIBER } from './sheet.ts';
import { isOwn, LISTS, type List } from './target.ts';

const DATE = { block_date: 'toString(block_date)' };

const COLUMNS: Readonly<Record<List, Sheet['columns']>> = {
  blocked: { ...IMEI, ...DATE, ...REASONS },
  tracked: { ...IMEI, ...REASONS },
  permitted: IMEI,
  exceptions: { ...IMEI, ...SUBSCRIBER },
  notifications: { ...IMEI, ...SUBSCRIBER, ...DATE, ...REASONS, amnesty: "if(amnesty, 'true', 'false')" },
};

/** A delta row: the number of the row's last change in the list's log, what to do, why, and the row. */
const CHANGE = { seq: 'toString(seq)', op: 'op', reason: 'reason' };

function plans(occasion: Occasion, list: List, operator: string): readonly Plan[] {
  const place = operator === '' ? 'common' : operator;
  const sheet = { key: { list, operator }, ending: '' } as const;
  const whole = { file: `${place}/${list}.csv`, rows: 'state', columns: COLUMNS[list] } as const;
  const changes = {
    file: `${place}/${list}.delta.csv`,
    rows: 'delta',
    columns: { ...CHANGE, ...COLUMNS[list] },
  } as const;
  return (occasion.full ? [whole, changes] : [changes]).map(({ file, ...rest }) => ({
    file,
    zip: false,
    sheets: [{ ...sheet, ...rest, name: file }],
  }));
}

/** Our own files: a folder for what is common to all, and one for each operator, which may be handed over as it is. */
export const openceir: Format = {
  folder: ({ run, day }) => `lists_${run}_${day.replaceAll('-', '')}`,
  plans: (occasion) =>
    LISTS.filter((list) => list !== 'permitted' || occasion.policy.lists.permitted).flatMap((list) =>
      isOwn(list)
        ? occasion.policy.operators.flatMap(({ id }) => plans(occasion, list, id))
        : plans(occasion, list, ''),
    ),
};
