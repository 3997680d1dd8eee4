import { digits, type Form, text } from './scalar.ts';
import { checked, type Holed, lineOf, list, needed, note, type Reader, record, type Spot, within } from './walk.ts';

/** A public land mobile network: country code and network code as digits (ITU-T E.212). */
export type Plmn = { readonly mcc: string; readonly mnc: string };

/** A mobile network operator: `id` names it in files and folders, `plmns` tell whose an IMSI is. */
export type Operator = { readonly id: string; readonly name: string; readonly plmns: readonly Plmn[] };

/** A mobile country code, three digits (ITU-T E.212). */
export const MCC: Form = { pattern: /^\d{3}$/, about: "three digits such as '999'" };

const MNC: Form = { pattern: /^\d{2,3}$/, about: "two or three digits such as '01'" };
const ID: Form = { pattern: /^[a-z0-9_]{1,16}$/, about: '1 to 16 lower-case letters, digits or underscores' };

/** A name as people read it: one line, no spaces around it. */
export const NAME: Form = {
  pattern: /^(?!\s)[^\p{Cc}\u2028\u2029]{1,128}(?<!\s)$/u,
  about: 'one line of 1 to 128 characters without spaces around it',
};

const plmn = record<Plmn>({ mcc: needed(digits(MCC)), mnc: needed(digits(MNC)) });

const operator = record<Operator>({
  id: needed(digits(ID)),
  name: needed(text(NAME)),
  plmns: needed(list(plmn, { atLeastOne: 'PLMN' })),
});

/** Reads the operators: ids unique, PLMNs unique and none the prefix of another, so that an IMSI has one home at most. */
export const operators: Reader<readonly Operator[]> = checked(
  list(operator, { atLeastOne: 'operator' }),
  (found, spot) => {
    noteTwice(spot, { keys: found.map((one, at) => ({ key: one?.id, path: `[${at}].id` })), what: 'operator id' });
    notePrefixes(spot, found);
  },
);

type Placed = { readonly key: string | undefined; readonly path: string };

/** Notes every key that has come before, at the later place. */
export function noteTwice(
  spot: Spot,
  { keys, what }: { readonly keys: readonly Placed[]; readonly what: string },
): void {
  const first = new Map<string, string>();
  for (const { key, path } of keys) {
    if (key === undefined) continue;
    const before = first.get(key);
    if (before === undefined) first.set(key, path);
    else {
      const message = `the ${what} ${key} is given twice, first on line ${lineOf(spot, before)}`;
      note(within(spot, path), { code: 'COUNTRY_VALUE', message, remedy: `Keep one, or choose another ${what}.` });
    }
  }
}

function notePrefixes(spot: Spot, found: Holed<readonly Operator[]>): void {
  const networks = found.flatMap((one, at) =>
    (one?.plmns ?? []).flatMap((network, place) =>
      network?.mcc === undefined || network.mnc === undefined
        ? []
        : [{ id: one?.id, digits: network.mcc + network.mnc, path: `[${at}].plmns[${place}]` }],
    ),
  );
  for (const [at, later] of networks.entries()) {
    const earlier = networks
      .slice(0, at)
      .find((other) => later.digits.startsWith(other.digits) || other.digits.startsWith(later.digits));
    if (earlier === undefined) continue;
    const relation = later.digits === earlier.digits ? 'is also' : 'overlaps with';
    const owner = `${earlier.digits} of ${earlier.id ?? 'another operator'} on line ${lineOf(spot, earlier.path)}`;
    note(within(spot, `${later.path}.mnc`), {
      code: 'COUNTRY_PLMN',
      message: `the PLMN ${later.digits} ${relation} ${owner}; an IMSI would have two homes`,
      remedy: 'Give each operator PLMNs of its own, none the beginning of another.',
    });
  }
}
