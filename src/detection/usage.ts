import type { Day } from '../calendar/day.ts';
import type { ParameterSpec } from '../country/parameter.ts';
import { isImsi, validOn } from '../stores/schema.ts';
import type { Context } from './dimension.ts';
import { clip, monthsIn, type Window } from './window.ts';

/**
 * Engine query: the triplets of the window as `imei`, the columns named, and `used`, their days within the window;
 * only those with any.
 */
export const triplets = (window: Window, { scope }: Context, columns: string): string =>
  `(SELECT imei, ${columns}, ${clip(window)} AS used FROM triplet WHERE ${monthsIn(window)} AND used != 0 AND (${scope}))`;

/**
 * Engine predicate: rows of a list that were valid on the analysis day, as is known now. A row that has ended since is
 * closed, but was valid before; one that was corrected away is valid on no day.
 */
export const listed = (date: Day): string => validOn(date);

/** Which part of an observation stands for the subscription. */
export const KEY: ParameterSpec = {
  kind: 'choice',
  of: ['imsi', 'msisdn'],
  default: 'imsi',
  about:
    'what is counted as a subscription: IMSIs of 14 or 15 digits, or MSISDNs of 7 to 15 digits; others are left out of the count',
};

/** Engine predicate: is a key of that kind one that counts? The lower bound of MSISDNs is ours. */
export const counts = (key: string): string =>
  key === 'imsi' ? isImsi() : '(msisdn >= 1000000 AND msisdn < 1000000000000000)';
