import { type Line, TABLE } from './precedence.ts';

const COLUMNS = ['step', 'when', 'says'] as const;
const WIDTHS = [13, 58, 44] as const;

/** Breaks a text into lines of at most `width` characters, at blanks. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function rowText(line: Line): readonly string[] {
  const cells = COLUMNS.map((column, at) => wrapped(line[column], WIDTHS[at] ?? 0));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, row) =>
    cells
      .map((cell, at) => (cell[row] ?? '').padEnd(WIDTHS[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** The precedence table as people read it in a terminal. */
export const writeTable = (): string =>
  [
    'The first row whose condition holds decides. The IMEI’s own entry goes before that of its range, and that before',
    'its TAC’s; the last two rows act on what the others have decided. Networks do not ask for emergency calls.',
    '',
    ...[{ step: 'step', when: 'when', says: 'told' }, ...TABLE].flatMap(rowText),
  ].join('\n');
