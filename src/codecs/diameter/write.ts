import { writeAvp } from './avp.ts';
import { type AvpName, entryByName, VENDOR_3GPP } from './dictionary.ts';
import type { Grammar } from './grammar.ts';
import { EQUIPMENT_UNKNOWN, RESULT } from './result.ts';

/** A value to be written: text, a number, octets, or members of a grouped AVP that are whole already. */
export type Value = string | number | Buffer | readonly Buffer[];

const BYTE = 256;

/** The octets of an IPv4 address, also where it is written at the end of an IPv6 one. */
const dotted = (text: string): readonly number[] => text.split('.').map(Number);

const grouped = (part: string): readonly number[] =>
  part
    .split(':')
    .filter((word) => word !== '')
    .flatMap((word) => {
      const number = Number.parseInt(word, 16);
      return word.includes('.') ? dotted(word) : [Math.floor(number / BYTE), number % BYTE];
    });

/** An address with its family before it (RFC 6733 §4.3.1). A zone is left out: it means nothing to a peer. */
function addressOctets(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from([0, 1, ...dotted(text)]);
  const [head = '', tail = ''] = text.replace(/%.*$/, '').split('::');
  const [front, back] = [grouped(head), grouped(tail)];
  const middle = Array.from({ length: 16 - front.length - back.length }, () => 0);
  return Buffer.from([0, 2, ...front, ...middle, ...back]);
}

function octets(name: AvpName, value: Value): Buffer {
  if (typeof value === 'object') return Buffer.isBuffer(value) ? value : Buffer.concat(value);
  if (typeof value === 'string')
    return entryByName(name).type === 'Address' ? addressOctets(value) : Buffer.from(value, 'utf8');
  const word = Buffer.alloc(4);
  word.writeUInt32BE(value);
  return word;
}

/** Writes one AVP by its name, with the flags its definition demands. */
export const avp = (name: AvpName, value: Value): Buffer => writeAvp(entryByName(name), octets(name, value));

/** AVPs by name; a list of values stands for as many AVPs. */
export type Values = Readonly<Partial<Record<AvpName, Value | { readonly each: readonly Value[] }>>>;

const isEach = (value: Value | { readonly each: readonly Value[] }): value is { readonly each: readonly Value[] } =>
  typeof value === 'object' && 'each' in value;

/** Writes AVPs in the order of a grammar. Values whose name the grammar does not have are a defect, and thrown. */
export function writeAvps(grammar: Grammar, values: Values): readonly Buffer[] {
  const names = new Set(Object.keys(values));
  const written = grammar.rules.flatMap(({ entry: { name } }) => {
    const value = values[name];
    names.delete(name);
    if (value === undefined) return [];
    return isEach(value) ? value.each.map((one) => avp(name, one)) : [avp(name, value)];
  });
  if (names.size > 0) throw new Error(`not in the grammar: ${[...names].join(', ')}`);
  return written;
}

/** What an ECA says: the words of 3GPP TS 29.272 §7.3.51, and `unknown` for DIAMETER_ERROR_EQUIPMENT_UNKNOWN. */
export const VERDICTS = ['white', 'black', 'grey', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The AVPs in which an ECA says its verdict: Equipment-Status with success, or Experimental-Result with neither. */
export const verdictValues = (verdict: Verdict): Values =>
  verdict === 'unknown'
    ? {
        'Experimental-Result': [avp('Vendor-Id', VENDOR_3GPP), avp('Experimental-Result-Code', EQUIPMENT_UNKNOWN)],
      }
    : { 'Result-Code': RESULT.SUCCESS, 'Equipment-Status': VERDICTS.indexOf(verdict) };
