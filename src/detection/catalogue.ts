import type { Dimension } from './dimension.ts';
import { barredImei } from './dimensions/barred_imei.ts';
import { barredTac } from './dimensions/barred_tac.ts';
import { concurrentDevices } from './dimensions/concurrent_devices.ts';
import { homeSubscriberUse } from './dimensions/home_subscriber_use.ts';
import { internationalRoamerUse } from './dimensions/international_roamer_use.ts';
import { malformedImei } from './dimensions/malformed_imei.ts';
import { monitored } from './dimensions/monitored.ts';
import { notAssociated } from './dimensions/not_associated.ts';
import { notRegistered } from './dimensions/not_registered.ts';
import { notRegisteredToUid } from './dimensions/not_registered_to_uid.ts';
import { otherOperatorUse } from './dimensions/other_operator_use.ts';
import { serialAnomaly } from './dimensions/serial_anomaly.ts';
import { stolen } from './dimensions/stolen.ts';
import { subscriptionDailyAverage } from './dimensions/subscription_daily_average.ts';
import { subscriptionThreshold } from './dimensions/subscription_threshold.ts';
import { tacNotAllocated } from './dimensions/tac_not_allocated.ts';
import { testTac } from './dimensions/test_tac.ts';
import { timeDistance } from './dimensions/time_distance.ts';
import { transientIdentifier } from './dimensions/transient_identifier.ts';
import { uidMismatch } from './dimensions/uid_mismatch.ts';
import { unexpectedTechnology } from './dimensions/unexpected_technology.ts';
import { userDailyAverage } from './dimensions/user_daily_average.ts';

/** Every dimension, in the order of the documentation; country files are read against it. */
export const DIMENSIONS: readonly Dimension[] = [
  malformedImei,
  tacNotAllocated,
  testTac,
  barredTac,
  barredImei,
  stolen,
  notRegistered,
  notAssociated,
  monitored,
  subscriptionThreshold,
  subscriptionDailyAverage,
  userDailyAverage,
  uidMismatch,
  notRegisteredToUid,
  timeDistance,
  concurrentDevices,
  unexpectedTechnology,
  transientIdentifier,
  serialAnomaly,
  homeSubscriberUse,
  internationalRoamerUse,
  otherOperatorUse,
];

const BY_NAME: ReadonlyMap<string, Dimension> = new Map(DIMENSIONS.map((dimension) => [dimension.name, dimension]));

/** The dimension of that name. @throws when there is none: uses have been read against the catalogue. */
export function dimensionOf(name: string): Dimension {
  const dimension = BY_NAME.get(name);
  if (dimension === undefined) throw new Error(`no dimension ${name}`);
  return dimension;
}
