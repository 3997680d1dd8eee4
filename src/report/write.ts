/** A count with its thousands apart. */
export const grouped = (count: number): string => count.toLocaleString('en');

const ABBREVIATIONS: ReadonlySet<string> = new Set(['imei', 'imsi', 'plmn', 'sim', 'tac', 'uid']);

/** A label as words: `many_owners` reads `many owners`, `test_tac` reads `test TAC`. */
export const worded = (label: string): string =>
  label
    .split('_')
    .map((word) => (ABBREVIATIONS.has(word) ? word.toUpperCase() : word))
    .join(' ');

/** The model as people call it: many names begin with the brand already. */
export function modelName({ brand, name }: { readonly brand: string; readonly name: string }): string {
  if (brand === '' && name === '') return 'no model known';
  return name.startsWith(brand) ? name : `${brand} ${name}`;
}

/** A range of whole numbers, ends included. */
export const range = (from: number, to: number): string =>
  from === to ? grouped(from) : `${grouped(from)}–${grouped(to)}`;

/** The sum of a number of each row. */
export const sum = <T>(rows: readonly T[], of: (row: T) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);
