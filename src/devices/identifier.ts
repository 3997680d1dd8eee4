import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { type Eid, parseEid } from '../identifiers/eid.ts';
import { type IdentifierFault, writeIdentifierFault } from '../identifiers/fault.ts';
import { type Gtin, parseGtin } from '../identifiers/gtin.ts';
import { type Imei, parseImei } from '../identifiers/imei.ts';
import { isGroup, isLocal, type Mac, parseMac } from '../identifiers/mac.ts';
import { parseSerial, type Serial, serialKey } from '../identifiers/serial.ts';

/** An IMEI, in the SIM slot of that number from 1 where it is known. */
export type ImeiIdentifier = {
  readonly kind: 'imei';
  readonly imei: Imei;
  readonly slot?: number | undefined;
};

/** What a device is known by (ITU-T Q.5050 §9.3). A serial number counts within its maker and model; '' where unknown. */
export type DeviceIdentifier =
  | ImeiIdentifier
  | { readonly kind: 'eid'; readonly eid: Eid; readonly slot?: number | undefined }
  | { readonly kind: 'serial'; readonly serial: Serial; readonly maker: string; readonly model: string }
  | { readonly kind: 'gtin'; readonly gtin: Gtin }
  | { readonly kind: 'mac'; readonly mac: Mac };

/** The kinds of identifier. */
export type IdentifierKind = DeviceIdentifier['kind'];

/** The kinds that single out one device. A GTIN names an article, of which there are many. */
export const SINGLING = ['imei', 'eid', 'serial', 'mac'] as const satisfies readonly IdentifierKind[];

/** An identifier by which a device can be looked up. */
export type SinglingIdentifier = Exclude<DeviceIdentifier, { readonly kind: 'gtin' }>;

/** Whether an identifier singles out one device. */
export const singles = (identifier: DeviceIdentifier): identifier is SinglingIdentifier => identifier.kind !== 'gtin';

/** The one writing under which an identifier is kept and compared. */
export function textOf(identifier: DeviceIdentifier): string {
  switch (identifier.kind) {
    case 'imei':
      return identifier.imei;
    case 'eid':
      return identifier.eid;
    case 'serial':
      return serialKey(identifier.maker, identifier.model, identifier.serial);
    case 'gtin':
      return identifier.gtin;
    case 'mac':
      return identifier.mac;
  }
}

/** An identifier as the register keeps it, with its slot. */
export type Kept = { readonly kind: IdentifierKind; readonly value: string; readonly slot: number | null };

/** The identifier that {@link textOf} wrote. Only what was parsed once is kept, so nothing is parsed again. */
export function identifierOf({ kind, value, slot }: Kept): DeviceIdentifier {
  switch (kind) {
    case 'imei':
      return { kind, imei: value as Imei, ...placed(slot) };
    case 'eid':
      return { kind, eid: value as Eid, ...placed(slot) };
    case 'serial': {
      const [maker = '', model = '', serial] = JSON.parse(value) as string[];
      return { kind, serial: serial as Serial, maker, model };
    }
    case 'gtin':
      return { kind, gtin: value as Gtin };
    case 'mac':
      return { kind, mac: value as Mac };
  }
}

const placed = (slot: number | null): { readonly slot?: number } => (slot === null ? {} : { slot });

/** An identifier as somebody wrote it. */
export type Written = {
  readonly kind: IdentifierKind;
  readonly text: string;
  readonly slot?: number | undefined;
  /** Of a serial number. */
  readonly maker?: string | undefined;
  readonly model?: string | undefined;
};

/** Reads an identifier of a device. Fault: DEVICE_IDENTIFIER, also where it is well formed and yet names no one device. */
export function readIdentifier({ kind, text, slot, maker, model }: Written): Result<DeviceIdentifier, Fault> {
  const read = <T>(
    parsed: Result<T, IdentifierFault>,
    make: (value: T) => DeviceIdentifier,
  ): Result<DeviceIdentifier, Fault> =>
    parsed.ok ? checkIdentifier(make(parsed.value)) : fail(unfit(kind, writeIdentifierFault(parsed.fault)));
  switch (kind) {
    case 'imei':
      return read(parseImei(text), ({ imei }) => ({ kind, imei, ...placed(slot ?? null) }));
    case 'eid':
      return read(parseEid(text), (eid) => ({ kind, eid, ...placed(slot ?? null) }));
    case 'serial':
      return read(parseSerial(text), (serial) => ({ kind, serial, maker: maker ?? '', model: model ?? '' }));
    case 'gtin':
      return read(parseGtin(text), (gtin) => ({ kind, gtin }));
    case 'mac':
      return read(parseMac(text), (mac) => ({ kind, mac }));
  }
}

/** What a parser does not look at: whether it can name a device at all. Fault: DEVICE_IDENTIFIER. */
export function checkIdentifier(identifier: DeviceIdentifier): Result<DeviceIdentifier, Fault> {
  const why = unfitness(identifier);
  return why === undefined ? ok(identifier) : fail(unfit(identifier.kind, why));
}

function unfitness(identifier: DeviceIdentifier): string | undefined {
  if (identifier.kind === 'serial' && identifier.maker.trim() === '') return 'No maker is given with it.';
  if ('slot' in identifier && identifier.slot !== undefined && !(identifier.slot >= 1 && identifier.slot <= 99))
    return `Its slot is ${identifier.slot}; slots count from 1.`;
  if (identifier.kind !== 'mac') return undefined;
  if (isGroup(identifier.mac)) return 'Its I/G bit is set: it addresses a group of stations.';
  if (isLocal(identifier.mac)) return 'Its U/L bit is set: it was chosen locally, perhaps at random.';
  return /^0+$/.test(identifier.mac) ? 'All its digits are 0.' : undefined;
}

const NAMES = { imei: 'IMEI', eid: 'EID', serial: 'serial number', gtin: 'GTIN', mac: 'MAC address' } as const;

const unfit = (kind: IdentifierKind, why: string): Fault => ({
  code: 'DEVICE_IDENTIFIER',
  message: `The ${NAMES[kind]} does not name a device. ${why}`,
  remedy: 'Give it as it is printed on the device, or leave it out.',
  field: kind,
});
