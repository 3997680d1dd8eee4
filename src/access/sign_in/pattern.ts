/** Whether a text is one piece over and over: `abcabcabcabc`. */
export const isRepeated = (text: string): boolean => `${text}${text}`.indexOf(text, 1) <= text.length / 2;

/** Whether each sign is as far from the one before as all others are: `12345678`, `fedcba`, and digits from 9 on to 0. */
export function isRow(text: string): boolean {
  const signs = [...text].map((sign) => sign.codePointAt(0) ?? 0);
  const steps = signs.slice(1).map((sign, at) => sign - (signs[at] ?? 0));
  const turned = steps.map((step) => (step === -9 ? 1 : step === 9 ? -1 : step));
  return turned.every((step) => step === turned[0]);
}
