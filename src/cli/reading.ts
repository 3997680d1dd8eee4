import type { Actor } from '../access/actor.ts';
import { shellActor } from '../access/shell.ts';
import { Misused } from '../faults/fault.ts';
import type { Call, Option } from './command.ts';

/** Verbs that open personal data take these besides; what they say is recorded. */
export const READING: Readonly<Record<string, Option>> = {
  purpose: { type: 'string', about: 'what personal data are read for, as the log of readings shall say' },
  case: { type: 'string', value: 'REF', about: 'the case in which they are read' },
};

/** Who reads, what for and in which case, as the call says it. @throws Misused where a purpose is given that is none. */
export function readerOf(call: Call): { actor: Actor; purpose: string; case: string | undefined } {
  const purpose = call.text('purpose') ?? 'not told';
  if (purpose.trim() === '') throw new Misused('--purpose must say what personal data are read for');
  return { actor: shellActor(), purpose, case: call.text('case') };
}
