import { radioOf } from './falsehood.ts';
import { household } from './population.ts';
import type { Random } from './random.ts';
import { PLAIN, WALKS } from './usages.ts';
import { farApart, somewhere } from './walk.ts';
import { lastDay, type Spell, subscribe, victim, type World, whole } from './world.ts';

/** The tail of clones' sizes: about one in seven thousand has a thousand lines (Pareto). */
const TAIL = 1.28;

/** Copies of honest people's IMEIs until the country has all its devices. */
export function clone(world: World, random: Random): void {
  for (let made = 0; world.devices < world.limit; made += 1) {
    const left = world.limit - world.devices;
    const drawn = Math.floor((1 - random.share()) ** (-1 / TAIL));
    const copies = Math.min(left, drawn, Math.max(1, Math.round(world.limit / 100)));
    // The first few always move about, so that every country has some.
    const travels = made < Math.min(3, world.limit / 2000) || random.chance(0.08);
    const done = travels ? wanderers(world, random, Math.min(3, copies)) : copy(world, random, copies);
    if (!done) household(world, random);
  }
}

function copy(world: World, random: Random, copies: number): boolean {
  const usage = victim(world, random);
  if (usage === undefined) return false;
  const spells = Array.from({ length: copies }, () => whole(world, random));
  const activity = (): number => 0.15 + random.share() * 0.75;
  for (const spell of spells) addCopy(world, usage, { spell, activity: activity() });
  note(world, usage, spells.length);
  return true;
}

/** Clones whose devices live far from one another, with all their events in the event feed. */
function wanderers(world: World, random: Random, copies: number): boolean {
  const { usages } = world;
  const steady = (at: number): boolean => (usages.froms[at] ?? 0) === 0 && usages.tos[at] === lastDay(world);
  const usage = victim(world, random, steady);
  if (usage === undefined) return false;
  usages.thresholds[usage] = 0.8 * 0x1_0000_0000;
  const spells = Array.from({ length: copies }, () => whole(world, random));
  const members = [usage, ...spells.map((spell) => addCopy(world, usage, { spell, activity: 0.8 }))];
  for (const [index, member] of members.entries()) {
    const walker = {
      device: world.walkers.size,
      home: farApart(random, index),
      turn: 0,
      turns: 1,
      events: 24,
      travels: 0,
    };
    world.walkers.set(member, walker);
  }
  note(world, usage, spells.length);
  world.register.truth(usages.imeiOf(usage), 'travel_conflict', `lines=${members.length}`);
  world.register.truth(usages.imeiOf(usage), 'concurrent', `devices=${members.length}`);
  return true;
}

function addCopy(
  world: World,
  original: number,
  { spell, activity }: { readonly spell: Spell; readonly activity: number },
): number {
  const { usages } = world;
  const model = usages.models[original] ?? -1;
  const radio = radioOf(world, original);
  world.devices += 1;
  return usages.add({
    imei: usages.imeiOf(original),
    line: subscribe(world),
    ...spell,
    activity,
    radio,
    model,
    certain: true,
  });
}

function note(world: World, usage: number, copies: number): void {
  const { usages, register } = world;
  const imei = usages.imeiOf(usage);
  const lines = copies + 1;
  register.truth(imei, 'clone', `lines=${lines}`);
  register.truth(imei, 'other_uid', 'clone=1');
  // The owner has shown the invoice for one in four: the pair stays admitted.
  if (Number(imei.slice(-2)) % 4 !== 0) return;
  const { imsi, msisdn } = usages.lineOf(usage);
  register.list('pairing', imei, imsi, msisdn);
}

/** Honest people in the event feed, many of them travellers; and a few identifiers that are never to be listed. */
export function mingle(world: World, random: Random): void {
  const { usages } = world;
  const wanted = Math.min(20_000, Math.max(4, Math.round(world.limit * 0.003)));
  for (let tries = 0, found = 0; found < wanted && tries < wanted * 50; tries += 1) {
    const usage = random.below(usages.count);
    if (((usages.flags[usage] ?? 0) & PLAIN) === 0 || world.walkers.has(usage)) continue;
    const travels = random.chance(0.35) ? 0.25 : 0.02;
    const walker = {
      device: world.walkers.size,
      home: somewhere(random),
      turn: 0,
      turns: 1,
      events: 5 + random.below(12),
      travels,
    };
    world.walkers.set(usage, walker);
    found += 1;
  }
  for (const usage of world.walkers.keys()) usages.flags[usage] = (usages.flags[usage] ?? 0) | WALKS;
}
