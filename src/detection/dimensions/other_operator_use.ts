import { isHome, isOfCountry } from '../imsi.ts';
import { originUse } from '../origin.ts';

/** Used by subscribers of operators of the country that deliver no data. */
export const otherOperatorUse = originUse({
  name: 'other_operator_use',
  whose:
    'an operator of the country that is not in the country file (its IMSI begins with one of the country’s MCCs, but with none of the PLMNs)',
  words: 'of other operators of the country',
  predicate: (context) => `${isOfCountry(context)} AND NOT ${isHome(context)}`,
});
