/** A count with its thousands apart. */
export const grouped = (count: number): string => count.toLocaleString('en');

/** A label of the country file as words: `many_owners` reads `many owners`. */
export const worded = (label: string): string => label.replaceAll('_', ' ');

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
