import { type Fault, Refused } from '../../../faults/fault.ts';

/** Which columns of a file of identifiers hold what, by their place. */
export type Sheet = {
  readonly separator: string;
  readonly width: number;
  /** Each with its name as the file has it. */
  readonly imeis: readonly { readonly at: number; readonly name: string }[];
  readonly serial: number | undefined;
  readonly eid: number | undefined;
  readonly gtin: number | undefined;
  /** Rows with the same value are of one device. */
  readonly device: number | undefined;
  /** Columns that are not used. */
  readonly ignored: readonly string[];
};

type Single = 'serial' | 'eid' | 'gtin' | 'device';

/** Names that the columns go by, in lower case, blanks and hyphens as `_` (ours; IMEI columns may carry a number). */
const NAMES: Readonly<Record<Single, readonly string[]>> = {
  serial: ['serial', 'serial_number', 'serial_no', 'sn'],
  eid: ['eid'],
  gtin: ['gtin', 'ean'],
  device: ['device_id', 'device'],
};

const IMEI = /^imei_?\d{0,2}$/;

const fold = (name: string): string =>
  name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** Reads the header: commas, semicolons or tabs between columns. @throws Refused CONSIGNMENT_COLUMNS */
export function sheetOf(header: string, file: string): Sheet {
  const separator = /[,;\t]/.exec(header)?.[0] ?? ',';
  const names = header.split(separator).map(fold);
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) < at);
  if (twice !== undefined) throw new Refused([columnFault(file, `The column ${twice} stands twice in the header.`)]);
  const imeis = names.flatMap((name, at) => (IMEI.test(name) ? [{ at, name }] : []));
  if (imeis.length === 0) throw new Refused([columnFault(file, 'The header has no column imei, imei1 …')]);
  const placeOf = (of: Single): number | undefined => {
    const at = names.findIndex((name) => NAMES[of].includes(name));
    return at < 0 ? undefined : at;
  };
  const known = (name: string): boolean => IMEI.test(name) || Object.values(NAMES).some((all) => all.includes(name));
  return {
    separator,
    width: names.length,
    imeis,
    serial: placeOf('serial'),
    eid: placeOf('eid'),
    gtin: placeOf('gtin'),
    device: placeOf('device'),
    ignored: names.filter((name) => !known(name)),
  };
}

const columnFault = (file: string, message: string): Fault => ({
  code: 'CONSIGNMENT_COLUMNS',
  message,
  remedy: 'Write a first line such as imei1,imei2,serial,eid,gtin; or device_id,imei with a row for each IMEI.',
  file,
  line: 1,
});

/**
 * The values of a line; undefined where its quotes do not end. A value in double quotes may hold the separator, and a
 * quote as two (RFC 4180 §2).
 */
export function cellsOf(line: string, separator: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const end = endOfQuote(line, at + 1);
      if (end === undefined) return undefined;
      cells.push(line.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < line.length && line[at] !== separator) return undefined;
    } else {
      const end = line.indexOf(separator, at);
      cells.push(line.slice(at, end < 0 ? line.length : end));
      at = end < 0 ? line.length : end;
    }
    if (at >= line.length) return cells;
    at += 1;
  }
}

function endOfQuote(line: string, from: number): number | undefined {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    if (line[at + 1] !== '"') return at;
    at += 1;
  }
  return undefined;
}
