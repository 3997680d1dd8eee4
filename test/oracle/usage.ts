import { quote } from './duck.ts';
import {
  type Definition,
  firstDay,
  type Ground,
  given,
  IS_IMSI,
  inWindow,
  isExempt,
  keyOf,
  owners,
  personal,
} from './ground.ts';

const begins = (prefixes: readonly string[]): string =>
  `(${prefixes.map((prefix) => `starts_with(imsi, ${quote(prefix)})`).join(' OR ')})`;
/** Predicates over `imsi`: of one of the country file's operators, and of the country. */
const isHome = ({ country }: Ground): string =>
  begins(country.operators.flatMap(({ plmns }) => plmns.map(({ mcc, mnc }) => mcc + mnc)));
const isNative = ({ country }: Ground): string => begins(country.mccs);

/** Use with whole IMSIs of some origin in the last days. */
const origin =
  (whose: (ground: Ground) => string): Definition =>
  (parameters, ground) =>
    `
    SELECT id, count(DISTINCT imsi) AS subscriptions FROM observed
    WHERE ${inWindow(parameters, ground.day)} AND ${IS_IMSI} AND ${whose(ground)} GROUP BY id`;

const subscriptionDailyAverage: Definition = (parameters, { day }) => `
  SELECT *, subscription_days / seen_days AS average FROM (
    SELECT id, count(DISTINCT (day, subscription)) FILTER (subscription IS NOT NULL) AS subscription_days, count(DISTINCT day) AS seen_days
    FROM (SELECT id, day, ${keyOf(parameters)} AS subscription FROM observed WHERE ${inWindow(parameters, day)}) GROUP BY id)
  WHERE seen_days >= ${given(parameters, 'min_seen_days')} AND subscription_days >= ${given(parameters, 'threshold')} * seen_days`;

const userDailyAverage: Definition = (parameters, { day }) => `
  SELECT *, user_days / seen_days AS average FROM (
    SELECT id, count(DISTINCT (day, uid)) AS user_days, count(DISTINCT day) AS seen_days, count(DISTINCT uid) AS people
    FROM ${personal(parameters, day)} GROUP BY id)
  WHERE seen_days >= ${given(parameters, 'min_seen_days')} AND user_days >= ${given(parameters, 'threshold')} * seen_days`;

const uidMismatch: Definition = (parameters, { day }) => `
  SELECT id, people, others, coalesce(associated, 0) AS associated FROM (
    SELECT p.id, count(DISTINCT p.uid) AS people, count(DISTINCT p.uid) FILTER (o.uid IS NULL) AS others
    FROM ${personal(parameters, day)} p LEFT JOIN ${owners(day)} o ON o.id = p.id AND o.uid = p.uid GROUP BY p.id)
  LEFT JOIN (SELECT id, count(*) AS associated FROM ${owners(day)} GROUP BY id) USING (id)
  WHERE others > ${given(parameters, 'max_uids')}`;

const notRegisteredToUid: Definition = (parameters, ground) => `
  WITH used AS (SELECT p.id, p.imsi, count(DISTINCT day) AS days, bool_or(o.uid IS NOT NULL) AS own
    FROM ${personal(parameters, ground.day)} p LEFT JOIN ${owners(ground.day)} o ON o.id = p.id AND o.uid = p.uid GROUP BY p.id, p.imsi)
  SELECT id, count(*) AS subscriptions, count(*) FILTER (NOT own AND days >= ${given(parameters, 'min_days')}) AS foreign_subscriptions,
    max(days) FILTER (NOT own) AS longest_days, 0 AS exempted
  FROM used GROUP BY id HAVING foreign_subscriptions > 0 AND NOT ${isExempt(ground)}`;

const transientIdentifier: Definition = (parameters, { day }) => `
  WITH used AS (SELECT id, day, operator, CASE WHEN regexp_full_match(msisdn, '[0-9]{7,15}') THEN CAST(msisdn AS BIGINT) END AS number
      FROM observed WHERE ${inWindow(parameters, day)}),
    numbers AS (SELECT DISTINCT id, number FROM used WHERE number IS NOT NULL),
    steps AS (SELECT id, number - lag(number) OVER (PARTITION BY id ORDER BY number) AS step FROM numbers),
    rows_of AS (SELECT id, count(*) AS msisdns, count(DISTINCT step) AS different, min(step) AS step FROM steps GROUP BY id),
    use AS (SELECT id, count(DISTINCT operator) AS operators, count(DISTINCT (day, number)) FILTER (number IS NOT NULL) AS number_days
      FROM used GROUP BY id)
  SELECT id, number_days / (DATE '${day}' + 1 - ${firstDay(parameters, day)}) AS average, msisdns, operators, 1 AS progression, step
  FROM use JOIN rows_of USING (id)
  WHERE operators = 1 AND msisdns >= 3 AND different = 1
    AND number_days >= ${given(parameters, 'msisdns')} * (DATE '${day}' + 1 - ${firstDay(parameters, day)})`;

/** What follows from who used an identifier on which days. */
export const USAGE: Readonly<Record<string, Definition>> = {
  subscription_threshold: (parameters, { day }) => `
    SELECT id, count(DISTINCT ${keyOf(parameters)}) AS subscriptions FROM observed WHERE ${inWindow(parameters, day)}
    GROUP BY id HAVING subscriptions >= ${given(parameters, 'threshold')}`,
  subscription_daily_average: subscriptionDailyAverage,
  user_daily_average: userDailyAverage,
  uid_mismatch: uidMismatch,
  not_registered_to_uid: notRegisteredToUid,
  transient_identifier: transientIdentifier,
  home_subscriber_use: origin(isHome),
  international_roamer_use: origin((ground) => `NOT ${isNative(ground)}`),
  other_operator_use: origin((ground) => `${isNative(ground)} AND NOT ${isHome(ground)}`),
};
