import type { Actor } from '../access/actor.ts';
import type { Desk } from '../access/desk.ts';
import type { Eid } from '../identifiers/eid.ts';
import type { Imei } from '../identifiers/imei.ts';
import type { DeviceIdentifier } from './identifier.ts';
import type { Stage } from './lifecycle.ts';

/** A device's UUID. */
export type DeviceId = string;

/** What a device is called by whoever knows: as declared, not as its TAC has it. */
export type ModelName = { readonly maker: string; readonly model: string };

/** A device with what is known of it now. */
export type Device = {
  readonly id: DeviceId;
  /** Where it stands in its life; undefined while nothing of that is known, only identifiers. */
  readonly stage: Stage | undefined;
  /** When what brought it there happened. */
  readonly stageAt: Date | undefined;
  /** In the order of kinds, slots and recording. Another device may claim some of them too: that is a finding. */
  readonly identifiers: readonly DeviceIdentifier[];
  readonly model: ModelName | undefined;
};

/** What reading needs of a desk. */
export type Asking = Pick<Desk, 'query'>;

/** Where a fact comes from, and in which batch of rows it came if in one. */
export type Origin = {
  /** Who says so: `customs`, `operator:alfa`, `consignment:<id>`, `api`. */
  readonly source: string;
  readonly batch?: string | undefined;
};

/** The IMEIs of a device, each once. They are acted on together, whichever of them was seen or reported. */
export const imeisOf = ({ identifiers }: Pick<Device, 'identifiers'>): readonly Imei[] => [
  ...new Set(identifiers.flatMap((one) => (one.kind === 'imei' ? [one.imei] : []))),
];

/** The EIDs of a device, each once. */
export const eidsOf = ({ identifiers }: Pick<Device, 'identifiers'>): readonly Eid[] => [
  ...new Set(identifiers.flatMap((one) => (one.kind === 'eid' ? [one.eid] : []))),
];

/** The source of what an actor tells himself: his organisation, or his role. */
export const sourceOf = ({ organisation, roles }: Actor): string =>
  organisation === undefined ? (roles[0] ?? 'nobody') : `${organisation.kind}:${organisation.id}`;
