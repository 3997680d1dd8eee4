import { compact, dayFromNumber } from '../calendar/day.ts';
import type { Catalogue } from './catalogue.ts';
import type { Line, Numbering } from './numbering.ts';
import type { Random } from './random.ts';
import type { Register } from './register.ts';
import { CERTAIN, PLAIN, type Usages, WALKS } from './usages.ts';
import type { Walker } from './walk.ts';

/** The country while it is being settled. */
export type World = {
  /** Physical devices there shall be. */
  readonly limit: number;
  readonly months: number;
  /** Days of data. */
  readonly days: number;
  /** The first day, counted from 1970-01-01. */
  readonly epoch: number;
  readonly catalogue: Catalogue;
  readonly numbering: Numbering;
  readonly usages: Usages;
  readonly register: Register;
  /** Who moves about with events in the event feed, by usage. */
  readonly walkers: Map<number, Walker>;
  /** TACs into which blocks of serial numbers were written. */
  readonly reprogrammed: Set<string>;
  /** Physical devices there are. */
  devices: number;
};

/** The last day, counted from the first. */
export const lastDay = (world: World): number => world.days - 1;

/** A day as `YYYYMMDD`. */
export const writeDay = (world: World, day: number): string => compact(dayFromNumber(world.epoch + day));

/** A new line; its holder is in the subscriber register. */
export function subscribe(world: World, uid: string = world.numbering.person(), carrier?: number): Line {
  const line = world.numbering.line(uid, carrier);
  world.register.subscriber(line);
  return line;
}

/** Days from the first to the last sighting, for certain. */
export type Spell = { readonly from: number; readonly to: number };

/** Nearly the whole time: what is planted begins and ends with the data, give or take a few days. */
export const whole = (world: World, random: Random): Spell => ({
  from: random.below(Math.min(6, world.days)),
  to: lastDay(world) - random.below(Math.min(4, world.days - 5)),
});

/**
 * A plain usage to be wronged, at random; its sightings on its first and last day become certain. Undefined when few
 * are left.
 */
export function victim(
  world: World,
  random: Random,
  fits: (usage: number) => boolean = () => true,
): number | undefined {
  const { usages } = world;
  for (let tries = 0; tries < 2000; tries += 1) {
    const usage = random.below(usages.count);
    const flags = usages.flags[usage] ?? 0;
    if ((flags & PLAIN) === 0 || (flags & WALKS) !== 0 || !fits(usage)) continue;
    usages.flags[usage] = (flags & ~PLAIN) | CERTAIN;
    return usage;
  }
  return undefined;
}
