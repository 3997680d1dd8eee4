import { type Eid, parseEid } from '../../../identifiers/eid.ts';
import { writeIdentifierFault } from '../../../identifiers/fault.ts';
import { type Gtin, parseGtin } from '../../../identifiers/gtin.ts';
import { checkDigit, type Imei, parseImei, tacOf } from '../../../identifiers/imei.ts';
import { parseSerial, type Serial } from '../../../identifiers/serial.ts';
import { Once, textKey } from './once.ts';
import type { RowCode, RowFault } from './row_fault.ts';
import { cellsOf, type Sheet } from './sheet.ts';

/** An IMEI with where it stands in the file. */
export type PlacedImei = { readonly imei: Imei; readonly row: number; readonly field: string };

/** A device as the file declares it, with what is wrong with it so far. */
export type Declared = {
  /** The line on which it begins. */
  readonly row: number;
  readonly rows: number;
  readonly imeis: readonly PlacedImei[];
  readonly serial: Serial | undefined;
  readonly eid: Eid | undefined;
  readonly gtin: Gtin | undefined;
  readonly faults: readonly RowFault[];
};

type Draft = {
  row: number;
  rows: number;
  id: string | undefined;
  imeis: PlacedImei[];
  serial: Serial | undefined;
  eid: Eid | undefined;
  gtin: Gtin | undefined;
  faults: RowFault[];
};

const NONE: readonly Declared[] = [];

type Single = 'serial' | 'eid' | 'gtin';

/** Reads the lines of one file into devices, and remembers what stood in it: nothing stands twice. */
export class FileReader {
  readonly #sheet: Sheet;
  readonly #imeis = new Once();
  readonly #serials = new Once();
  readonly #eids = new Once();
  readonly #devices = new Once();
  #open: Draft | undefined;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
  }

  /** Takes a line; gives the devices that are whole by it. Blank lines are none. */
  take(line: string, row: number): readonly Declared[] {
    if (line === '') return NONE;
    const cells = line === '\u0001' ? undefined : cellsOf(line, this.#sheet.separator);
    const form = this.#formFault(cells, row);
    const id = form === undefined ? this.#idOf(cells ?? []) : undefined;
    const open = this.#open;
    if (open !== undefined && open.id === id) {
      open.rows += 1;
      this.#read(open, cells ?? [], row);
      return NONE;
    }
    const draft: Draft = {
      row,
      rows: 1,
      id,
      imeis: [],
      serial: undefined,
      eid: undefined,
      gtin: undefined,
      faults: [],
    };
    if (form === undefined) this.#begin(draft, cells ?? []);
    else draft.faults.push(form);
    // A device that may have more rows stays open until another one begins.
    this.#open = id === undefined ? undefined : draft;
    const whole = id === undefined ? draft : undefined;
    return [open, whole].flatMap((one) => (one === undefined ? [] : [finish(one)]));
  }

  /** The device that is still open after the last line. */
  end(): readonly Declared[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? NONE : [finish(open)];
  }

  #formFault(cells: readonly string[] | undefined, row: number): RowFault | undefined {
    const { width } = this.#sheet;
    if (cells !== undefined && cells.length === width) return undefined;
    const reason =
      cells === undefined
        ? 'The row is too long, or its quotes do not end.'
        : `The row has ${cells.length} values; the header has ${width} columns.`;
    return { row, field: '', value: '', code: 'ROW_FORM', reason, remedy: 'Write the row anew.' };
  }

  #idOf(cells: readonly string[]): string | undefined {
    const { device } = this.#sheet;
    const id = device === undefined ? '' : (cells[device] ?? '').trim();
    return id === '' ? undefined : id;
  }

  #begin(draft: Draft, cells: readonly string[]): void {
    if (draft.id !== undefined) {
      const before = this.#devices.first(textKey(draft.id), draft.row);
      if (before !== undefined)
        draft.faults.push({
          row: draft.row,
          field: 'device_id',
          value: draft.id,
          code: 'ROW_DEVICE',
          reason: `The device began on line ${before}, and other rows stand between.`,
          remedy: 'Let all rows of a device follow one another.',
        });
    }
    this.#read(draft, cells, draft.row);
  }

  #read(draft: Draft, cells: readonly string[], row: number): void {
    const sheet = this.#sheet;
    for (const { at, name } of sheet.imeis) {
      const text = cells[at] ?? '';
      if (text !== '' && text.trim() !== '') this.#imei(draft, text, { row, field: name });
    }
    this.#single(draft, { kind: 'serial', text: textAt(cells, sheet.serial), row });
    this.#single(draft, { kind: 'eid', text: textAt(cells, sheet.eid), row });
    this.#single(draft, { kind: 'gtin', text: textAt(cells, sheet.gtin), row });
  }

  #imei(draft: Draft, text: string, place: { readonly row: number; readonly field: string }): void {
    const read = imeiOf(text);
    if (typeof read !== 'string') {
      draft.faults.push({ ...place, value: text, code: 'ROW_IMEI', ...read });
      return;
    }
    const before = this.#imeis.first({ number: Number(read), tag: 0 }, place.row);
    if (before === undefined) draft.imeis.push({ imei: read, ...place });
    else draft.faults.push({ ...place, value: text, ...twice(before) });
  }

  /** Values that a device has one of; a further row of it may repeat them. */
  #single(
    draft: Draft,
    { kind, text, row }: { readonly kind: Single; readonly text: string; readonly row: number },
  ): void {
    if (text === '') return;
    const parsed = PARSERS[kind](text);
    const place = { row, field: kind, value: text };
    if (!parsed.ok) {
      const reason = writeIdentifierFault(parsed.fault);
      draft.faults.push({ ...place, code: CODES[kind], reason, remedy: 'Write it as it stands on the device or box.' });
      return;
    }
    if (draft[kind] === parsed.value) return;
    const before = draft[kind] === undefined ? this.#before(draft, kind, parsed.value, row) : draft.row;
    if (before !== undefined) draft.faults.push({ ...place, ...twice(before) });
    else if (kind === 'serial') draft.serial = parsed.value as Serial;
    else if (kind === 'eid') draft.eid = parsed.value as Eid;
    else draft.gtin = parsed.value as Gtin;
  }

  /** The line on which a value stood before. Serial numbers count within a model, GTINs are those of many devices. */
  #before(draft: Draft, kind: Single, value: string, row: number): number | undefined {
    const [imei] = draft.imeis;
    if (kind === 'eid') return this.#eids.first(textKey(value), row);
    if (kind === 'gtin' || imei === undefined) return undefined;
    return this.#serials.first(textKey(`${tacOf(imei.imei)} ${value}`), row);
  }
}

const PARSERS = { serial: parseSerial, eid: parseEid, gtin: parseGtin } as const;
const CODES = { serial: 'ROW_SERIAL', eid: 'ROW_EID', gtin: 'ROW_GTIN' } as const satisfies Record<string, RowCode>;

const textAt = (cells: readonly string[], at: number | undefined): string =>
  at === undefined ? '' : (cells[at] ?? '').trim();

const twice = (line: number): Pick<RowFault, 'code' | 'reason' | 'remedy'> => ({
  code: 'ROW_TWICE',
  reason: `It stands on line ${line} already, of another device or for another slot.`,
  remedy: 'Find out which of the two is right, and take the other one out.',
});

function finish({ id: _, ...draft }: Draft): Declared {
  if (draft.imeis.length > 0 || draft.faults.length > 0) return draft;
  const reason = 'The device has no IMEI.';
  draft.faults.push({
    row: draft.row,
    field: 'imei',
    value: '',
    code: 'ROW_NO_IMEI',
    reason,
    remedy: 'Give its IMEIs.',
  });
  return draft;
}

const PLAIN = /^\d{15}$/;

/** An IMEI, or why the text is none. What nearly all rows hold, 15 digits, is read without the parser of messages. */
function imeiOf(text: string): Imei | { readonly reason: string; readonly remedy: string } {
  if (PLAIN.test(text)) {
    const imei = text.slice(0, 14) as Imei;
    if (luhnRight(text)) return imei;
    const reason = `Its check digit is ${text.slice(14)} and ought to be ${checkDigit(imei)}: a digit is wrong.`;
    return { reason, remedy: 'Compare it with what the device shows for *#06#.' };
  }
  const read = parseImei(text);
  if (read.ok) return read.value.imei;
  if (/^\s*\d(?:[.,]\d+)?E\+?\d+\s*$/i.test(text))
    return {
      reason: 'A spreadsheet has rounded it to a number.',
      remedy: 'Make the column a text column, and enter it anew.',
    };
  return {
    reason: writeIdentifierFault(read.fault),
    remedy: 'Write its 14 or 15 digits, or 16 with the software version.',
  };
}

/** Whether the last of 15 digits is the Luhn digit of the others (3GPP TS 23.003 Annex B). */
function luhnRight(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const digit = digits.charCodeAt(at) - 48;
    const weighed = at % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
