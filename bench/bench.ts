/** What a bench was called with. */
export type Call = {
  readonly text: (name: string) => string | undefined;
  readonly flag: (name: string) => boolean;
  /** A whole number above 0. */
  readonly count: (name: string, otherwise: number) => number;
};

/** A figure of a table: numbers stand to the right. */
export type Cell = string | number;

/** A table as it is printed; the first row is its head. */
export type Table = { readonly title: string; readonly rows: readonly (readonly Cell[])[] };

/** What a bench found: tables for people, `figures` for the file of results. */
export type Found = {
  readonly tables: readonly Table[];
  readonly figures: unknown;
  readonly notes?: readonly string[];
};

/** One bench. */
export type Bench = {
  readonly name: string;
  readonly about: string;
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly about: string }>>;
  readonly run: (call: Call) => Promise<Found>;
};

const GROUP = new Intl.NumberFormat('en');

/** Numbers as people read them: whole ones in groups of three, others with the digits that matter. */
const written = (cell: Cell): string => {
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell)) return GROUP.format(cell);
  return cell.toFixed(Math.abs(cell) < 1 ? 3 : Math.abs(cell) < 100 ? 2 : 0);
};

/** A table in columns. */
export function draw({ title, rows }: Table): string {
  const texts = rows.map((row) => row.map(written));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], at: number): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const left = column === 0 || (at > 0 && typeof rows[at]?.[column] === 'string' && !/^[\d<]/.test(cell));
        return left ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [title, ...texts.map((row, at) => `  ${line(row, at)}`)].join('\n');
}

/** The middle one; of two middle ones the mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? 0, sorted[half] ?? 0];
  return (low + high) / 2;
}

export const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
