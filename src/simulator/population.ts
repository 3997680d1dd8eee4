import type { Model } from './catalogue.ts';
import { CARRIERS, type Line } from './numbering.ts';
import type { Random } from './random.ts';
import { somewhere } from './walk.ts';
import { lastDay, type Spell, subscribe, type World, whole, writeDay } from './world.ts';

/** How a device and its people came into the data; each adds one or two devices. */
type Settler = (world: World, random: Random) => void;

/** The innocent, and the merely irregular: shares of devices. The rest are plain households. */
const SETTLERS: readonly (readonly [share: number, settle: Settler])[] = [
  [0.04, machine],
  [0.015, visitor],
  [0.008, family],
  [0.01, resale],
  [0.01, renewal],
  [0.02, upgrade],
  [0.008, smuggled],
  [0.001, undecided],
  [0.008, unassociated],
  [0.001, counterfeit],
  [0.0006, novelty],
  [0.004, guest],
  [0.0004, workshop],
];

/** Settles ordinary people until there are so many devices. */
export function settle(world: World, random: Random, devices: number): void {
  while (world.devices < devices) settlerAt(random.share())(world, random);
}

function settlerAt(share: number): Settler {
  let sum = 0;
  for (const [part, settler] of SETTLERS) {
    sum += part;
    if (share < sum) return settler;
  }
  return household;
}

/** A device as bought: its model and its IMEIs, one a slot. */
function buy(
  world: World,
  model: Model = world.catalogue.phone(),
): { readonly model: Model; readonly imeis: readonly string[] } {
  world.devices += 1;
  return { model, imeis: world.catalogue.device(model) };
}

/** Registers a device and associates it with a person. */
function enrol(
  world: World,
  { model, imeis }: { readonly model: Model; readonly imeis: readonly string[] },
  uid = '',
): void {
  world.register.device(imeis, model);
  if (uid !== '') for (const imei of imeis) world.register.list('association', uid, imei);
}

/** Few use a phone every day on the network, many on some days: about a quarter of the days on average. */
function habit(random: Random): number {
  const roll = random.share();
  if (roll < 0.09) return 0.9;
  if (roll < 0.38) return 0.4;
  return roll < 0.75 ? 0.16 : 0.05;
}

/** From when to when a line is there: some join and some leave each month. */
function churn(world: World, random: Random): Spell {
  const roll = random.share() / world.months;
  if (roll < 0.025) return { from: random.below(world.days), to: lastDay(world) };
  if (roll < 0.05) return { from: 0, to: random.below(world.days) };
  return { from: 0, to: lastDay(world) };
}

type Seen = { readonly imei: string; readonly line: Line; readonly model: Model; readonly spell: Spell };

function see(
  world: World,
  { imei, line, model, spell }: Seen,
  how: { activity: number; certain?: boolean; plain?: boolean },
): number {
  return world.usages.add({ imei, line, ...spell, ...how, radio: model.rats, model: model.index });
}

/** A person with a phone; with two slots, often with two lines. */
export function household(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [first = '', second] = imeis;
  const line = subscribe(world);
  const spell = churn(world, random);
  enrol(world, { model, imeis }, line.uid);
  const both = second !== undefined && random.chance(0.5);
  see(world, { imei: first, line, model, spell }, { activity: habit(random), plain: !both });
  if (!both) return;
  see(world, { imei: second, line: subscribe(world, line.uid), model, spell }, { activity: habit(random) * 0.7 });
  world.register.truth(first, 'dual_sim', `other=${second}`);
  world.register.truth(second, 'dual_sim', `other=${first}`);
}

/** A meter or tracker: one line, nearly every day; modules need no registration. */
function machine(world: World, random: Random): void {
  const { model, imeis } = buy(world, world.catalogue.module());
  const [imei = ''] = imeis;
  const company = `P9${String(random.below(1 + world.limit / 5000)).padStart(7, '0')}`;
  const line = subscribe(world, company);
  world.register.list('association', company, imei);
  if (random.chance(0.5)) world.register.device(imeis, model);
  see(world, { imei, line, model, spell: churn(world, random) }, { activity: 0.97 });
  world.register.truth(imei, 'iot');
}

/** A foreigner with a phone from abroad, for one to three weeks. */
function visitor(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const from = random.below(world.days);
  const spell = { from, to: Math.min(lastDay(world), from + 3 + random.below(18)) };
  see(world, { imei, line: world.numbering.visitor(), model, spell }, { activity: 0.7, certain: true });
  world.register.truth(imei, 'roamer');
}

/** A phone that two or three lines share, of one person or of several. */
function family(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const first = subscribe(world);
  const several = random.chance(0.5);
  const others = Array.from({ length: 1 + random.below(2) }, () => subscribe(world, several ? undefined : first.uid));
  const lines = [first, ...others];
  enrol(world, { model, imeis }, first.uid);
  const walks = random.chance(0.1) ? { device: world.walkers.size, home: somewhere(random) } : undefined;
  for (const [turn, line] of lines.entries()) {
    const usage = see(world, { imei, line, model, spell: whole(world, random) }, { activity: 0.25, certain: true });
    if (walks !== undefined)
      world.walkers.set(usage, { ...walks, turn, turns: lines.length, events: 10, travels: 0.1 });
  }
  world.register.truth(imei, 'family_shared', `lines=${lines.length}`);
  if (several) world.register.truth(imei, 'other_uid', 'family=1');
}

/** A phone sold on: another person's line after the first's. */
function resale(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const day = 3 + random.below(world.days - 8);
  const [seller, buyer] = [subscribe(world), subscribe(world)];
  enrol(world, { model, imeis }, seller.uid);
  const told = random.chance(0.5);
  if (told) for (const each of imeis) world.register.list('association', buyer.uid ?? '', each);
  see(world, { imei, line: seller, model, spell: { from: 0, to: day } }, { activity: 0.3, certain: true });
  const spell = { from: day + 2 + random.below(2), to: lastDay(world) };
  see(world, { imei, line: buyer, model, spell }, { activity: 0.3, certain: true });
  world.register.truth(imei, 'resold', `day=${writeDay(world, spell.from)}`);
  if (!told) world.register.truth(imei, 'other_uid', 'resold=1');
}

/** A new SIM with the old number in the same phone. */
function renewal(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const old = subscribe(world);
  const fresh = world.numbering.swap(old);
  world.register.subscriber(fresh);
  enrol(world, { model, imeis }, old.uid);
  const day = 1 + random.below(world.days - 2);
  see(world, { imei, line: old, model, spell: { from: 0, to: day - 1 } }, { activity: 0.3, certain: true });
  see(world, { imei, line: fresh, model, spell: { from: day, to: lastDay(world) } }, { activity: 0.3, certain: true });
  world.register.list('sim_changes', fresh.imsi, old.imsi, fresh.msisdn, writeDay(world, day));
  world.register.truth(imei, 'sim_swap', `day=${writeDay(world, day)}`);
}

/** A new phone for an old line. */
function upgrade(world: World, random: Random): void {
  const line = subscribe(world);
  const day = 1 + random.below(world.days - 2);
  for (const spell of [
    { from: 0, to: day - 1 },
    { from: day, to: lastDay(world) },
  ]) {
    const { model, imeis } = buy(world);
    enrol(world, { model, imeis }, line.uid);
    see(world, { imei: imeis[0] ?? '', line, model, spell }, { activity: habit(random), plain: true });
  }
}

/** A phone brought in without registration; half of them are at least associated with their owner. */
function smuggled(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const line = subscribe(world);
  see(world, { imei, line, model, spell: whole(world, random) }, { activity: 0.3, certain: true });
  world.register.truth(imei, 'unregistered');
  if (random.chance(0.5)) world.register.list('association', line.uid ?? '', imei);
  else world.register.truth(imei, 'not_associated');
  if (random.chance(0.2)) world.register.list('pairing', imei, line.imsi, line.msisdn);
}

/** A phone whose registration is not yet decided. */
function undecided(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const line = subscribe(world);
  world.register.device(imeis, model, 'pending');
  for (const each of imeis) world.register.list('association', line.uid ?? '', each);
  see(world, { imei, line, model, spell: whole(world, random) }, { activity: 0.3, certain: true });
  world.register.truth(imei, 'unregistered', 'status=pending');
}

/** A registered phone that is associated with nobody. */
function unassociated(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  enrol(world, { model, imeis });
  see(world, { imei, line: subscribe(world), model, spell: whole(world, random) }, { activity: 0.3, certain: true });
  world.register.truth(imei, 'not_associated');
}

/** A counterfeit whose whole TAC is barred. */
function counterfeit(world: World, random: Random): void {
  const { model, imeis } = buy(world, world.catalogue.barred);
  const [imei = ''] = imeis;
  const line = subscribe(world);
  see(world, { imei, line, model, spell: whole(world, random) }, { activity: 0.3, certain: true });
  world.register.truth(imei, 'barred_tac');
  world.register.truth(imei, 'unregistered');
  world.register.truth(imei, 'not_associated');
}

/** The newest model, sold before its TAC reached the database: innocent, and young enough for the lag to say so. */
function novelty(world: World, random: Random): void {
  const { model, imeis } = buy(world, world.catalogue.unlisted);
  const line = subscribe(world);
  enrol(world, { model, imeis }, line.uid);
  const spell = { from: lastDay(world) - random.below(10), to: lastDay(world) };
  see(world, { imei: imeis[0] ?? '', line, model, spell }, { activity: 0.4, certain: true });
  world.register.truth(imeis[0] ?? '', 'new_tac');
}

/** A line of the smallest network that uses the largest where its own has no coverage. */
function guest(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const line = subscribe(world, undefined, CARRIERS.length - 1);
  enrol(world, { model, imeis }, line.uid);
  const spell = whole(world, random);
  see(world, { imei, line, model, spell }, { activity: 0.3, certain: true });
  see(world, { imei, line: { ...line, carrier: 0 }, model, spell }, { activity: 0.15, certain: true });
  world.register.truth(imei, 'national_roamer', `line=${CARRIERS.at(-1)?.id ?? ''} seen=${CARRIERS[0].id}`);
}

/** The phone with which a repair shop tries its customers' SIMs, each for a day or three: honest, and it looks like clones. */
function workshop(world: World, random: Random): void {
  const { model, imeis } = buy(world);
  const [imei = ''] = imeis;
  const owner = world.numbering.person();
  enrol(world, { model, imeis }, owner);
  const lines = 4 + random.below(6);
  const stretch = Math.floor(world.days / lines);
  for (let turn = 0; turn < lines; turn += 1) {
    const from = turn * stretch;
    const spell = { from, to: Math.min(from + random.below(3), from + stretch - 1) };
    see(world, { imei, line: subscribe(world), model, spell }, { activity: 0.5, certain: true });
  }
  world.register.truth(imei, 'workshop', `lines=${lines}`);
  world.register.truth(imei, 'other_uid', 'workshop=1');
}
