import type { Role } from '../access/actor.ts';
import type { Machine } from '../states/machine.ts';

/** Who acts on a device: offices and people, and the network that sees it. */
export const ACTORS = [
  'maker',
  'importer',
  'customs',
  'regulator',
  'dealer',
  'holder',
  'operator',
  'police',
  'network',
] as const;
export type Actor = (typeof ACTORS)[number];

/** Where a device stands in its life. */
export type Stage =
  | 'declared'
  | 'imported'
  | 'approved'
  | 'on_sale'
  | 'active'
  | 'transferred'
  | 'refurbished'
  | 'lost'
  | 'stolen'
  | 'recovered'
  | 'exported'
  | 'retired';

/** What happens to a device. */
export type LifeEvent =
  | 'declare'
  | 'baseline'
  | 'bring'
  | 'release'
  | 'approve'
  | 'offer'
  | 'activate'
  | 'transfer'
  | 'refurbish'
  | 'lose'
  | 'steal'
  | 'recover'
  | 'return'
  | 'export'
  | 'retire';

/** As whom each role of the register acts on a device. Some roles only look. */
const ACTS_AS: Readonly<Partial<Record<Role, Actor>>> = {
  citizen: 'holder',
  operator: 'operator',
  police: 'police',
  customs: 'customs',
  importer: 'importer',
  maker: 'maker',
  dealer: 'dealer',
  analyst: 'regulator',
  approver: 'regulator',
  admin: 'regulator',
  system: 'network',
};

/** As whom somebody with these roles acts on a device; the register itself stands for what the network sees. */
export const actsAs = (roles: readonly Role[]): readonly Actor[] => [
  ...new Set(roles.flatMap((role) => ACTS_AS[role] ?? [])),
];

const BEFORE_RELEASE: readonly Stage[] = ['declared'];
const IN_TRADE: readonly Stage[] = ['imported', 'approved', 'on_sale', 'refurbished'];
const IN_USE: readonly Stage[] = ['active', 'transferred'];

/**
 * The life of a device (ITU-T Q.5050 §10.3 asks for such states; which they are is inferred). The network is an actor: what
 * it sees has happened, whatever papers say, so that a first use is possible from every stage, and is a finding where it
 * should not have been.
 */
export const LIFECYCLE: Machine<Stage, LifeEvent, Actor> = {
  subject: 'device',
  states: {
    declared: 'its identifiers were told before it arrived or left the factory',
    imported: 'customs released it',
    approved: 'its model is approved, and it may be sold',
    on_sale: 'a dealer has it',
    active: 'somebody uses it',
    transferred: 'it was given on, and its new holder has not used it yet',
    refurbished: 'it was taken back and made ready to be sold again',
    lost: 'its holder does not know where it is',
    stolen: 'it was taken from its holder, or out of trade',
    recovered: 'it was found, and its holder does not have it back yet',
    exported: 'it left the country',
    retired: 'it is no longer to be used',
  },
  begins: [
    { event: 'declare', to: 'declared', who: ['maker', 'importer'] },
    { event: 'baseline', to: 'active', who: ['regulator'], needs: 'seen in use at the day of the baseline' },
    { event: 'bring', to: 'imported', who: ['holder', 'customs'], needs: 'proof of entry' },
    { event: 'activate', to: 'active', who: ['network'], finding: 'first seen without a declaration' },
    // A report may be the first that the register hears of a device.
    { event: 'lose', to: 'lost', who: ['holder', 'operator', 'police'] },
    { event: 'steal', to: 'stolen', who: ['holder', 'operator', 'police', 'dealer', 'importer'] },
  ],
  moves: [
    { event: 'release', from: BEFORE_RELEASE, to: 'imported', who: ['customs'] },
    { event: 'approve', from: ['imported'], to: 'approved', who: ['regulator'], needs: 'a certificate of its model' },
    { event: 'offer', from: ['approved', 'refurbished'], to: 'on_sale', who: ['importer', 'dealer'] },
    { event: 'activate', from: [...IN_TRADE, 'transferred'], to: 'active', who: ['network'] },
    {
      event: 'activate',
      from: BEFORE_RELEASE,
      to: 'active',
      who: ['network'],
      finding: 'active before customs released it',
    },
    { event: 'activate', from: ['exported'], to: 'active', who: ['network'], finding: 'active after it was exported' },
    { event: 'activate', from: ['retired'], to: 'active', who: ['network'], finding: 'active after it was retired' },
    {
      event: 'baseline',
      from: [...IN_TRADE, ...IN_USE],
      to: 'active',
      who: ['regulator'],
      needs: 'seen in use at the day of the baseline',
    },
    {
      event: 'baseline',
      from: [...BEFORE_RELEASE, 'exported', 'retired'],
      to: 'active',
      who: ['regulator'],
      needs: 'seen in use at the day of the baseline',
      finding: 'in use at the baseline although it was not to be',
    },
    { event: 'transfer', from: IN_USE, to: 'transferred', who: ['holder'], needs: 'a code to a number seen with it' },
    {
      event: 'refurbish',
      from: IN_USE,
      to: 'refurbished',
      who: ['dealer', 'maker'],
      needs: 'a check that it is not stolen',
    },
    { event: 'lose', from: IN_USE, to: 'lost', who: ['holder', 'operator', 'police'] },
    {
      event: 'steal',
      from: [...BEFORE_RELEASE, ...IN_TRADE, ...IN_USE, 'lost'],
      to: 'stolen',
      who: ['holder', 'operator', 'police', 'dealer', 'importer'],
    },
    { event: 'recover', from: ['lost', 'stolen'], to: 'recovered', who: ['holder', 'police'] },
    { event: 'return', from: ['recovered'], to: 'active', who: ['holder', 'police'], needs: 'a receipt of its holder' },
    {
      event: 'export',
      from: [...IN_TRADE, ...IN_USE],
      to: 'exported',
      who: ['holder', 'importer', 'dealer', 'customs'],
    },
    {
      event: 'retire',
      from: [...BEFORE_RELEASE, ...IN_TRADE, ...IN_USE, 'recovered', 'exported'],
      to: 'retired',
      who: ['holder', 'maker', 'importer', 'dealer', 'regulator'],
    },
  ],
};

/** Where an event brings a device. The machine gives each event one target, so that late history can be told too. */
export function targetOf(event: LifeEvent): Stage {
  const move = [...LIFECYCLE.begins, ...LIFECYCLE.moves].find((one) => one.event === event);
  if (move === undefined) throw new Error(`No device is brought anywhere by ${event}.`);
  return move.to;
}
