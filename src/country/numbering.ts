import type { Country } from './country.ts';
import type { Operator } from './operator.ts';

/** Whose an IMSI is: of an operator of the country file, of the country but of none of them, or of elsewhere. */
export type Origin = 'operator' | 'country' | 'abroad';

/** The operator with that id. */
export const operatorById = (country: Country, id: string): Operator | undefined =>
  country.operators.find((operator) => operator.id === id);

/** The operator whose PLMN an IMSI begins with: its home. At most one, since PLMNs are prefix-free. */
export const operatorOfImsi = (country: Country, imsi: string): Operator | undefined =>
  country.operators.find((operator) => prefixesOf(operator).some((prefix) => imsi.startsWith(prefix)));

/** The PLMN's digits (MCC then MNC) that IMSIs of an operator begin with. */
export const prefixesOf = (operator: Operator): readonly string[] => operator.plmns.map(({ mcc, mnc }) => mcc + mnc);

/** The beginnings of the IMSIs of the operator with that id; none for an unknown one. */
export function homePrefixes(country: Country, operatorId: string): readonly string[] {
  const operator = operatorById(country, operatorId);
  return operator === undefined ? [] : prefixesOf(operator);
}

/** The beginnings of the IMSIs of all operators. */
export const allPrefixes = ({ operators }: Pick<Country, 'operators'>): readonly string[] =>
  operators.flatMap(prefixesOf);

/** The MCCs of one operator's networks, each once. */
export const mccsOf = (operator: Operator): readonly string[] => [...new Set(operator.plmns.map(({ mcc }) => mcc))];

/** Whose an IMSI is. */
export function originOfImsi(country: Country, imsi: string): Origin {
  if (operatorOfImsi(country, imsi) !== undefined) return 'operator';
  return country.mccs.some((mcc) => imsi.startsWith(mcc)) ? 'country' : 'abroad';
}

/** Whether a subscriber number, in international form without `+`, begins with a calling code of the country. */
export const isHomeMsisdn = (country: Country, msisdn: string): boolean =>
  country.callingCodes.some((code) => msisdn.startsWith(code));
