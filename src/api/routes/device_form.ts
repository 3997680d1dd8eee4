import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { FINDING_KINDS, type FindingKind } from '../../devices/checks.ts';
import type { Device } from '../../devices/device.ts';
import type { Fact } from '../../devices/fact.ts';
import { FINDING, type Finding, type FindingState } from '../../devices/finding.ts';
import {
  type DeviceIdentifier,
  type IdentifierKind,
  readIdentifier,
  SINGLING,
  textOf,
} from '../../devices/identifier.ts';
import { LIFECYCLE, type Stage } from '../../devices/lifecycle.ts';
import { Refused } from '../../faults/fault.ts';
import { parseImei, writeImei15 } from '../../identifiers/imei.ts';
import type { Sight } from '../reach.ts';
import { closed, line } from '../schema.ts';

const KINDS = [...SINGLING, 'gtin'] as const satisfies readonly IdentifierKind[];
const STAGES = Object.keys(LIFECYCLE.states) as readonly Stage[];

/** The number that the register gave a fact, pair, association or finding. */
export const NUMBER = Type.String({ pattern: '^[0-9]{1,18}$', maxLength: 18 });

const WRITTEN = {
  text: Type.String({ minLength: 1, maxLength: 128, description: 'As it is printed, in digits of any script.' }),
  slot: Type.Optional(Type.Integer({ minimum: 1, maximum: 99, description: 'SIM slot, or place of a chip, from 1.' })),
  maker: Type.Optional(line(128)),
  model: Type.Optional(line(128)),
};

/** An identifier of a device as somebody writes it; a serial number needs its maker. */
export const IDENTIFIER_IN = closed({ kind: Type.Enum(KINDS), ...WRITTEN });

/** One by which a device can be looked up. */
export const SINGLING_IN = closed({ kind: Type.Enum(SINGLING), ...WRITTEN });

/** Reads identifiers, and tells of each that is wrong where it stands. @throws Refused DEVICE_IDENTIFIER */
export function identifiersOf(
  written: readonly Type.Static<typeof IDENTIFIER_IN>[],
  placeOf: (at: number) => string,
): readonly DeviceIdentifier[] {
  const read = written.map(readIdentifier);
  const faults = read.flatMap((one, at) => (one.ok ? [] : [{ ...one.fault, field: placeOf(at) }]));
  if (faults.length > 0) throw new Refused(faults);
  return read.flatMap((one) => (one.ok ? [one.value] : []));
}

/** A device as it is told: without persons. */
export const DEVICE_OUT = Type.Object({
  id: Type.String(),
  stage: Type.Optional(Type.Enum([...STAGES])),
  stageAt: Type.Optional(Type.String()),
  maker: Type.Optional(Type.String()),
  model: Type.Optional(Type.String()),
  identifiers: Type.Array(
    Type.Object({
      kind: Type.Enum(KINDS),
      value: Type.String({ description: 'To a person of the own device: the last four characters.' }),
      slot: Type.Optional(Type.Integer()),
      maker: Type.Optional(Type.String()),
      model: Type.Optional(Type.String()),
    }),
  ),
});

/** An identifier as who sees so much of the device is told it: who stole a phone's SIM must not learn what to forge. */
const shown = (text: string, sight: Sight): string => (sight === 'whole' ? text : `…${text.slice(-4)}`);

function toldIdentifier(identifier: DeviceIdentifier, sight: Sight) {
  const { kind } = identifier;
  const slot = 'slot' in identifier && identifier.slot !== undefined ? { slot: identifier.slot } : {};
  if (kind === 'imei') return { kind, value: shown(writeImei15(identifier.imei), sight), ...slot };
  if (kind !== 'serial') return { kind, value: shown(textOf(identifier), sight), ...slot };
  const { serial, maker, model } = identifier;
  return { kind, value: shown(serial, sight), maker, model };
}

/** Tells a device to somebody who sees so much of it. */
export const toldDevice = ({ id, stage, stageAt, model, identifiers }: Device, sight: Sight) => ({
  id,
  ...(stage === undefined ? {} : { stage }),
  ...(stageAt === undefined ? {} : { stageAt: stageAt.toISOString() }),
  ...(model === undefined ? {} : model),
  identifiers: identifiers.map((one) => toldIdentifier(one, sight)),
});

const FACT_KINDS = [...KINDS, 'maker', 'model', 'event', 'seen'] as const satisfies readonly Fact['kind'][];

/** A fact as it is told. */
export const FACT_OUT = Type.Object({
  id: Type.String(),
  kind: Type.Enum(FACT_KINDS),
  value: Type.Optional(Type.String({ description: 'Absent of sightings: it would name a person.' })),
  slot: Type.Optional(Type.Integer()),
  finding: Type.Optional(Type.String()),
  note: Type.Optional(Type.String()),
  from: Type.String(),
  to: Type.Optional(Type.String()),
  recorded: Type.String(),
  source: Type.String(),
  batch: Type.Optional(Type.String()),
  superseded: Type.Optional(
    Type.Object({ at: Type.String(), because: Type.String(), by: Type.Optional(Type.String()) }),
  ),
});

function factValue({ kind, value }: Fact, sight: Sight): string | undefined {
  if (kind === 'seen') return undefined;
  if (kind === 'maker' || kind === 'model' || kind === 'event') return value;
  if (kind === 'serial') return shown((JSON.parse(value) as string[])[2] ?? '', sight);
  const imei = kind === 'imei' ? parseImei(value) : undefined;
  return shown(imei?.ok === true ? writeImei15(imei.value.imei) : value, sight);
}

const textIn = (detail: Fact['detail'], key: string): string | undefined =>
  typeof detail?.[key] === 'string' ? detail[key] : undefined;

/** Tells a fact: neither the account that entered it nor whom a network named. Why is for those who see the whole. */
export function toldFact(fact: Fact, sight: Sight) {
  const { id, kind, slot, detail, from, to, recorded, source, batch, superseded } = fact;
  const value = factValue(fact, sight);
  const finding = textIn(detail, 'finding');
  const note = textIn(detail, 'note');
  const whole = sight === 'whole';
  return {
    id,
    kind,
    ...(value === undefined ? {} : { value }),
    ...(slot === undefined ? {} : { slot }),
    ...(finding === undefined || !whole ? {} : { finding }),
    ...(note === undefined || !whole ? {} : { note }),
    from: from.toISOString(),
    ...(to === undefined ? {} : { to: to.toISOString() }),
    recorded: recorded.toISOString(),
    source,
    ...(batch === undefined || !whole ? {} : { batch }),
    ...(superseded === undefined ? {} : { superseded: supersededOf(superseded) }),
  };
}

const supersededOf = ({ at, because, by }: NonNullable<Fact['superseded']>) => ({
  at: at.toISOString(),
  because,
  ...(by === undefined ? {} : { by }),
});

/** Kinds and states of findings. */
export const FOUND_KINDS = Object.keys(FINDING_KINDS) as readonly FindingKind[];
export const FINDING_STATES = Object.keys(FINDING.states) as readonly FindingState[];

/** A finding as it is told. */
export const FINDING_OUT = Type.Object({
  id: Type.String(),
  device: Type.String(),
  kind: Type.Enum([...FOUND_KINDS]),
  means: Type.String(),
  evidence: Type.Record(Type.String(), Type.Unknown()),
  state: Type.Enum([...FINDING_STATES]),
  found: Type.String(),
  source: Type.String(),
  closed: Type.Optional(Type.String()),
  explanation: Type.Optional(Type.String()),
});

/** Tells a finding. */
export const toldFinding = ({ id, device, kind, evidence, state, found, source, closed: end }: Finding) => ({
  id,
  device,
  kind,
  means: FINDING_KINDS[kind],
  evidence: { ...evidence },
  state,
  found: found.toISOString(),
  source,
  ...(end === undefined ? {} : { closed: end.at.toISOString(), explanation: end.explanation }),
});

/** A time that is given, or none. */
export const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

/** When something happened: as it was told, or now. */
export const timeOrNow = (text: string | undefined, { now }: Pick<Desk, 'now'>): Date => timeOf(text) ?? now;
