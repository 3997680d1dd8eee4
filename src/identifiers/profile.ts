import type { Eid } from './eid.ts';
import type { Esn } from './esn.ts';
import type { Iccid } from './iccid.ts';
import type { Imei } from './imei.ts';
import type { Imsi } from './imsi.ts';
import type { Mac } from './mac.ts';
import type { Meid } from './meid.ts';
import type { Msisdn } from './msisdn.ts';
import type { Plmn } from './plmn.ts';
import type { Serial } from './serial.ts';
import type { Tac } from './tac.ts';

/** What an identifier is judged by. The first four are those of ITU-T Q.5050 §9.3, the others ours. */
export const CRITERIA = [
  'authority',
  'persistence',
  'tamper',
  'machine',
  'check',
  'resolvability',
  'attestation',
] as const;

/** One of {@link CRITERIA}. */
export type Criterion = (typeof CRITERIA)[number];

/** Points, 0 to 2, and the reason for them. */
export type Rating = readonly [points: 0 | 1 | 2, text: string];

/** An identifier that can be graded; an observed text that is none comes as `malformed`. */
export type Graded =
  | { readonly kind: 'imei'; readonly value: Imei }
  | { readonly kind: 'meid'; readonly value: Meid }
  | { readonly kind: 'esn'; readonly value: Esn }
  | { readonly kind: 'eid'; readonly value: Eid }
  | { readonly kind: 'iccid'; readonly value: Iccid }
  | { readonly kind: 'mac'; readonly value: Mac }
  | { readonly kind: 'serial'; readonly value: Serial }
  | { readonly kind: 'imsi'; readonly value: Imsi }
  | { readonly kind: 'msisdn'; readonly value: Msisdn }
  | { readonly kind: 'tac'; readonly value: Tac }
  | { readonly kind: 'plmn'; readonly value: Plmn }
  | { readonly kind: 'malformed'; readonly value: string };

/** The kinds of {@link Graded}. */
export type GradedKind = Graded['kind'];

/** A rating for every criterion. */
export type Profile = { readonly [C in Criterion]: Rating };

const LUHN: Rating = [1, 'a Luhn digit catches every single wrong digit, but only where it is written along'];
const NO_CHECK: Rating = [0, 'nothing in it tells a wrong digit'];
const NO_PROOF: Rating = [0, 'no device proved it'];
const ON_AIR: Rating = [2, 'networks read it from the device, and it is printed as a bar code'];

/** Ratings that subscriptions, networks and models share: they are no device's own, so the limit decides, not the sum. */
const FOREIGN: Profile = {
  authority: [1, 'it is given out by an authority, but not to a device'],
  persistence: [0, 'it does not stay with the device'],
  tamper: [0, 'the device does not hold it of itself'],
  machine: [1, 'machines read it'],
  check: NO_CHECK,
  resolvability: [1, 'its assigner can say what it stands for'],
  attestation: NO_PROOF,
};

const CELLULAR: Profile = {
  authority: [2, 'one body worldwide allocates the model codes, and the maker numbers the units'],
  persistence: [2, 'it is meant for the whole life of the device'],
  tamper: [1, 'it must not be changeable, but tools that change it are sold'],
  machine: ON_AIR,
  check: LUHN,
  resolvability: [1, 'the allocation of its model code can be looked up'],
  attestation: NO_PROOF,
};

const ESN: Profile = {
  authority: [1, 'its maker codes were given out by a body that has ended doing so'],
  persistence: [2, 'it is meant for the whole life of the device'],
  tamper: [0, 'it was never protected, and cloning was common'],
  machine: [1, 'old networks read it from the device'],
  check: NO_CHECK,
  resolvability: [0, 'no register is open for it'],
  attestation: NO_PROOF,
};

/** How each kind does by nature, before anything is known of the single value. Ours. */
export const PROFILES: { readonly [K in GradedKind | 'pesn']: Profile } = {
  imei: CELLULAR,
  meid: CELLULAR,
  esn: ESN,
  pesn: { ...ESN, authority: [0, 'it is computed, not given out'] },
  eid: {
    authority: [2, 'one tree of assigners under the GSMA, and the maker of the chip numbers its units'],
    persistence: [2, 'it stays with the chip for life'],
    tamper: [2, 'it lies in a certified secure element'],
    machine: [2, 'it is read from the chip and printed as a bar code'],
    check: [2, 'two check digits are part of it'],
    resolvability: [1, 'the holder of its range can be looked up'],
    attestation: [0, 'its certificate was not verified'],
  },
  iccid: { ...FOREIGN, check: LUHN },
  mac: {
    authority: [2, 'the IEEE allocates the blocks, and the maker numbers the units'],
    persistence: [1, 'it belongs to an interface, which can be exchanged'],
    tamper: [0, 'software changes it at will'],
    machine: [2, 'every network interface shows it'],
    check: NO_CHECK,
    resolvability: [1, 'the holder of its block can be looked up'],
    attestation: NO_PROOF,
  },
  serial: {
    authority: [1, 'the maker alone keeps it unique, within a model'],
    persistence: [2, 'it is meant for the whole life of the device'],
    tamper: [1, 'labels and memory can be rewritten, with effort'],
    machine: [1, 'it is printed, but no network reads it'],
    check: NO_CHECK,
    resolvability: [1, 'only its maker can say whether it was given out'],
    attestation: NO_PROOF,
  },
  imsi: FOREIGN,
  msisdn: FOREIGN,
  tac: FOREIGN,
  plmn: FOREIGN,
  malformed: {
    authority: [0, 'nobody gave it out'],
    persistence: [0, 'nothing keeps it with a device'],
    tamper: [0, 'nothing protects it'],
    machine: [1, 'a machine reported it'],
    check: NO_CHECK,
    resolvability: [0, 'no register can know it'],
    attestation: NO_PROOF,
  },
};
