import type { Parameters } from '../country/parameter.ts';

/** The number given for a parameter. @throws when it is none: parameters have been read against the catalogue. */
export function numberOf(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (typeof value !== 'number') throw new Error(`the parameter ${name} is no number`);
  return value;
}

/** The word given for a parameter. @throws when it is none. */
export function wordOf(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (typeof value !== 'string') throw new Error(`the parameter ${name} is no word`);
  return value;
}

/** The table given for a parameter. @throws when it is none. */
export function tableOf(parameters: Parameters, name: string): Readonly<Record<string, number>> {
  const value = parameters[name];
  if (typeof value !== 'object') throw new Error(`the parameter ${name} is no table`);
  return value;
}

/** `1 day`, `2 days`. */
export const count = (number: unknown, one: string, many = `${one}s`): string =>
  `${number} ${Number(number) === 1 ? one : many}`;
