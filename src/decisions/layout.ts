/** Columns of a terminal that texts are broken to. */
export const WIDTH = 100;

/** A text broken at blanks, its first line after `lead`, the others indented as far. */
export function wrap(text: string, lead = ''): string {
  const indent = ' '.repeat(lead.length);
  const lines: string[] = [];
  let line = lead;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join('\n');
}

/** A table: numbers to the right, texts to the left, two blanks between. */
export function columns(rows: readonly (readonly (string | number)[])[], indent = '  '): string {
  const written = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)));
  const widths: number[] = [];
  for (const row of written) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, [...cell].length);
  }
  const numeric = (at: number): boolean => rows.some((row) => typeof row[at] === 'number');
  const pad = (cell: string, at: number): string => {
    const blanks = ' '.repeat((widths[at] ?? 0) - [...cell].length);
    return numeric(at) ? blanks + cell : cell + blanks;
  };
  return written.map((row) => `${indent}${row.map(pad).join('  ')}`.trimEnd()).join('\n');
}

/** A heading and what stands under it; nothing where nothing does. */
export const part = (heading: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n${heading}\n${lines.join('\n')}\n`;
