import { LISTS } from '../../decisions/core/entry.ts';
import type { Held } from '../memory/classes.ts';

/** Who says that an identifier is on a list: the lists that runs make, or those that offices change. */
export type Source = 'run' | 'office';

/** A list as one of both says it. */
export type Voice = { readonly source: Source; readonly list: keyof typeof LISTS };

// Above the bits of an entry, which say what holds, two bits a list say who says so: the offices do; and the runs do not.
// An entry without them is of the runs alone.
const OFFICE = 8;
const ALONE = 11;

const EVERY = LISTS.blocked | LISTS.tracked | LISTS.permitted;
const VOICES = EVERY | (EVERY << OFFICE) | (EVERY << ALONE);

/** Those who give reasons, in the order in which their texts are kept. */
const REASONED: readonly Voice[] = [
  { source: 'run', list: 'blocked' },
  { source: 'office', list: 'blocked' },
  { source: 'run', list: 'tracked' },
  { source: 'office', list: 'tracked' },
];

/** The bits that are set while a voice alone says its list. */
const bitsOf = ({ source, list }: Voice): number =>
  source === 'run' ? LISTS[list] : LISTS[list] | (LISTS[list] << OFFICE) | (LISTS[list] << ALONE);

const isSaid = (bits: number, { source, list }: Voice): boolean =>
  source === 'run'
    ? (bits & LISTS[list]) !== 0 && (bits & (LISTS[list] << ALONE)) === 0
    : (bits & (LISTS[list] << OFFICE)) !== 0;

/** The bits after one voice says its list, or no longer does. */
function bitsAfter(bits: number, voice: Voice, isOn: boolean): number {
  const { list } = voice;
  const [run, office] = (['run', 'office'] as const).map((source) =>
    source === voice.source ? isOn : isSaid(bits, { source, list }),
  );
  const rest = bits & ~(bitsOf({ source: 'run', list }) | bitsOf({ source: 'office', list }));
  if (office !== true) return run === true ? rest | LISTS[list] : rest;
  return rest | LISTS[list] | (LISTS[list] << OFFICE) | (run === true ? 0 : LISTS[list] << ALONE);
}

const isSame = (one: Voice, other: Voice): boolean => one.source === other.source && one.list === other.list;

/** Distinct reasons of several texts, sorted, joined by '|'. */
function union(texts: readonly string[]): string {
  const [first = ''] = texts;
  if (texts.every((text) => text === first)) return first;
  const all = texts.flatMap((text) => text.split('|')).filter((reason) => reason !== '');
  return [...new Set(all)].sort().join('|');
}

/**
 * What an identifier's entry is after one of both says of one list that the identifier is on it, with these reasons, or
 * that it is not (undefined). An identifier is on a list while either says so. The reasons are those of the list that
 * decides, the blocked one before the tracked one, of both who say so; what each says beside that is kept with the entry,
 * so that nothing is lost when the other lets go. Where memory had to leave texts out, the bits still stand. Causes are
 * not looked at.
 */
export function saidAfter(entry: Held, voice: Voice, reasons: string | undefined): Held {
  const bits = bitsAfter(entry.bits, voice, reasons !== undefined);
  const others = entry.bits & VOICES;
  // Of nearly all identifiers nobody says anything else.
  if (others === 0 || others === bitsOf(voice))
    return { bits, reasons: voice.list === 'permitted' ? '' : (reasons ?? '') };
  const before = textsOf(entry);
  const after = REASONED.filter((one) => isSaid(bits, one)).map((one) => ({
    list: one.list,
    text: isSame(one, voice) ? (reasons ?? '') : (before.find((its) => isSame(its.voice, one))?.text ?? ''),
  }));
  const decides = after[0]?.list;
  const held = after.length < 2 ? {} : { held: after.map(({ text }) => text).join('\n') };
  return { bits, reasons: union(after.filter(({ list }) => list === decides).map(({ text }) => text)), ...held };
}

/** What each says of an identifier, where that is a list with reasons. */
function textsOf({ bits, reasons, held }: Held): readonly { readonly voice: Voice; readonly text: string }[] {
  const voices = REASONED.filter((voice) => isSaid(bits, voice));
  const texts = voices.length === 1 ? [reasons] : (held?.split('\n') ?? []);
  return voices.map((voice, at) => ({ voice, text: texts[at] ?? '' }));
}
