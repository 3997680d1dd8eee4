/** The default alphabet of short messages, by code (3GPP TS 23.038 §6.2.1); the character at 0x1b is the escape. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const ESCAPE = 0x1b;

/** Its extension: characters of two septets, the second of which is this code (3GPP TS 23.038 §6.2.1.1). */
const EXTENSION: ReadonlyMap<string, number> = new Map([
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
]);

const CODES: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...[...BASIC]
    .map((char, code): [string, readonly number[]] => [char, [code]])
    .filter(([, [code]]) => code !== ESCAPE),
  ...[...EXTENSION].map(([char, code]): [string, readonly number[]] => [char, [ESCAPE, code]]),
]);

/** The septets of each character of a text, one or two; undefined where the alphabet lacks one. */
export function septetsOf(text: string): readonly (readonly number[])[] | undefined {
  const codes: (readonly number[])[] = [];
  for (const char of text) {
    const code = CODES.get(char);
    if (code === undefined) return undefined;
    codes.push(code);
  }
  return codes;
}

/** Signs that readers take for each other, and the alphabet has. */
const ALIKE: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '«': '"',
  '»': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  ç: 'c',
  '\u00a0': ' ',
  '\u202f': ' ',
};

/** A text with letters that the alphabet has in place of their accented ones; what cannot be folded is left. */
export const folded = (text: string): string =>
  [...text.normalize('NFC')]
    .map((char) => {
      if (CODES.has(char)) return char;
      const alike = ALIKE[char] ?? char.normalize('NFD').replace(/\p{M}/gu, '');
      return [...alike].every((one) => CODES.has(one)) ? alike : char;
    })
    .join('');
