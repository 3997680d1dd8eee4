import { allPrefixes } from '../country/numbering.ts';
import { imsiBegins } from '../observations/prefix.ts';
import type { Context } from './dimension.ts';

/** Engine predicate: a subscription of one of the country file's operators. */
export const isHome = ({ country }: Context, imsi = 'imsi'): string => imsiBegins(allPrefixes(country), imsi);

/** Engine predicate: a subscription of the country, whoever its operator is. */
export const isOfCountry = ({ country }: Context, imsi = 'imsi'): string => imsiBegins(country.mccs, imsi);
