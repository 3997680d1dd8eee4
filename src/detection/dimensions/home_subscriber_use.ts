import { isHome } from '../imsi.ts';
import { originUse } from '../origin.ts';

/** Used by subscribers of the country's operators. */
export const homeSubscriberUse = originUse({
  name: 'home_subscriber_use',
  whose: 'an operator of the country file (its IMSI begins with one of their PLMNs)',
  words: 'of the country’s reporting operators',
  predicate: isHome,
});
