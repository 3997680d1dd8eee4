import type { Store } from '../../stores/store.ts';
import { FLAGS } from './record.ts';

/** What networks asked of one equipment on one day, with one subscriber and one answer. */
export type Asked = {
  readonly day: string;
  readonly operator: string;
  readonly protocol: string;
  /** Pseudonym of the subscriber, in hex; '' where it was not told. */
  readonly subscriber: string;
  readonly status: string;
  readonly reason: string;
  readonly exception: string;
  readonly times: number;
  /** First and last, ISO 8601. */
  readonly first: string;
  readonly last: string;
  /** Names of {@link FLAGS} that any of them had. */
  readonly hints: readonly string[];
};

/** What is known of one equipment from the checks that were taken in. */
export type History = {
  readonly imei: string;
  readonly checks: number;
  readonly subscribers: number;
  /** The first check, ISO 8601; '' where there is none. */
  readonly activated: string;
  readonly days: readonly Asked[];
};

type Row = Omit<Asked, 'times' | 'hints'> & { readonly times: string; readonly flags: number };

const MOST_ROWS = 1000;

/** What networks asked of an IMEI of 14 digits, in the order of time. */
export async function historyOf({ analytics }: Store, imei: string): Promise<History> {
  const when = (of: string): string =>
    `formatDateTime(fromUnixTimestamp64Milli(toInt64(${of}), 'UTC'), '%FT%TZ', 'UTC')`;
  const rows = await analytics.gather<Row>(
    `SELECT toString(toDate(fromUnixTimestamp64Milli(toInt64(at), 'UTC'))) AS day, toString(operator) AS operator,
      toString(protocol) AS protocol, if(subscriber = 0, '', lower(hex(subscriber))) AS subscriber,
      toString(status) AS status, toString(reason) AS reason, toString(exception) AS exception,
      count() AS times, ${when('min(at)')} AS first, ${when('max(at)')} AS last, groupBitOr(flags) AS flags
    FROM check WHERE imei = ${Number(imei)}
    GROUP BY day, operator, protocol, subscriber, status, reason, exception ORDER BY first, last LIMIT ${MOST_ROWS}`,
  );
  const days = rows.map(
    ({ times, flags, ...row }): Asked => ({ ...row, times: Number(times), hints: hintsOf(Number(flags)) }),
  );
  return {
    imei,
    checks: days.reduce((sum, { times }) => sum + times, 0),
    subscribers: new Set(days.map(({ subscriber }) => subscriber).filter((one) => one !== '')).size,
    activated: days[0]?.first ?? '',
    days,
  };
}

const hintsOf = (flags: number): readonly string[] =>
  Object.entries(FLAGS).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));

/** The history as people read it. */
export function writeHistory({ imei, checks, subscribers, activated, days }: History): string {
  if (checks === 0) return `${imei}: no network asked about it, as far as files of checks were taken in.`;
  return [
    `${imei}: asked about ${checks} times with ${subscribers} subscribers, first on ${activated}`,
    ...days.map(({ day, times, protocol, operator, subscriber, status, reason, exception, hints }) => {
      const why = [reason, exception].filter((one) => one !== '').join('; ');
      const told = `${status}${why === '' ? '' : ` (${why})`}`;
      const who = subscriber === '' ? '' : `, subscriber ${subscriber}`;
      const seen = hints.length === 0 ? '' : ` [${hints.join(', ')}]`;
      return `  ${day}  ${String(times).padStart(6)} × ${told} over ${protocol} for ${operator}${who}${seen}`;
    }),
  ].join('\n');
}
