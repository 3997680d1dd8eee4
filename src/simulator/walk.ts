import { EXTENT, type Place } from './cells.ts';
import { type Random, stream } from './random.ts';

/** A physical device whose whereabouts are simulated. Lines that share it take turns. */
export type Walker = {
  readonly device: number;
  readonly home: Place;
  /** Which of the lines in the device this is, and how many there are. */
  readonly turn: number;
  readonly turns: number;
  /** Events to aim at on a day. */
  readonly events: number;
  /** The probability of a day's journey by train or aeroplane. */
  readonly travels: number;
};

/** One call or session: seconds since local midnight, and where it began. */
export type Event = { readonly start: number; readonly seconds: number; readonly place: Place };

/** A stretch of a day: from one place to another, in seconds since midnight. */
type Leg = {
  readonly from: number;
  readonly to: number;
  readonly start: Place;
  readonly end: Place;
  readonly aloft: boolean;
};

const HOUR = 3600;
const DAWN = 6.5 * HOUR;
const DUSK = 23 * HOUR;
/** While moving, sessions are short and rare, so that a session's far end never makes the device look faster. */
const MOVING = { gap: 300, seconds: 30 };

/** A place at random, not on the border. */
export const somewhere = (random: Random): Place => ({
  east: 10 + random.share() * (EXTENT.east - 20),
  north: 10 + random.share() * (EXTENT.north - 20),
});

/** Homes at least 150 km apart for up to four devices: the corners of the country, with some play. */
export const farApart = (random: Random, index: number): Place => ({
  east: index % 2 === 0 ? 20 + random.share() * 60 : EXTENT.east - 20 - random.share() * 60,
  north: index % 4 < 2 ? random.share() * 20 + 5 : EXTENT.north - 5 - random.share() * 20,
});

/** The day's events of one device, in order, never two at once. They follow from seed, device and day alone. */
export function dayOf(walker: Walker, seed: number, day: number): readonly Event[] {
  const random = stream(seed, `walk ${walker.device} ${day}`);
  const legs = random.chance(walker.travels) ? journey(random, walker.home) : workday(random, walker.home);
  const events: Event[] = [];
  const pace = (DUSK - DAWN) / walker.events;
  for (let at = DAWN + random.share() * pace; at < DUSK; ) {
    const { place, leg } = whereabouts(legs, Math.floor(at));
    const gap = Math.max(MOVING.gap, pace * (0.3 + 1.4 * random.share()));
    const longest = leg === undefined ? Math.min(1500, gap * 0.6) : MOVING.seconds;
    if (leg?.aloft !== true) {
      const untilLeg = legs.find(({ from }) => from > at)?.from ?? DUSK + HOUR;
      const seconds = Math.floor(Math.max(5, Math.min(longest, untilLeg - at - 60) * random.share()));
      events.push({ start: Math.floor(at), seconds, place });
    }
    at += gap;
  }
  return events;
}

function whereabouts(legs: readonly Leg[], at: number): { readonly place: Place; readonly leg?: Leg } {
  const leg = legs.find(({ from, to }) => at >= from && at < to);
  if (leg === undefined) {
    const past = legs.findLast(({ to }) => to <= at);
    return { place: past?.end ?? legs[0]?.start ?? { east: 0, north: 0 } };
  }
  const part = (at - leg.from) / (leg.to - leg.from);
  const between = (from: number, to: number): number => from + (to - from) * part;
  return {
    place: { east: between(leg.start.east, leg.end.east), north: between(leg.start.north, leg.end.north) },
    leg,
  };
}

/** To work and back, up to 25 km at the pace of a road. */
function workday(random: Random, home: Place): readonly Leg[] {
  const work = within({
    east: home.east + (random.share() - 0.5) * 35,
    north: home.north + (random.share() - 0.5) * 35,
  });
  return there(home, work, {
    leaves: (7 + random.share() * 2) * HOUR,
    stays: (6 + random.share() * 3) * HOUR,
    kmh: 60,
    aloft: false,
  });
}

/** Across the country and back: by train at up to 200 km/h, or, when it is far, by air at up to 650. */
function journey(random: Random, home: Place): readonly Leg[] {
  const goal = somewhere(random);
  const aloft = distance(home, goal) > 180 && random.chance(0.5);
  const kmh = aloft ? 450 + random.share() * 200 : 110 + random.share() * 90;
  return there(home, goal, {
    leaves: (7 + random.share() * 2) * HOUR,
    stays: (3 + random.share() * 4) * HOUR,
    kmh,
    aloft,
  });
}

type Trip = { readonly leaves: number; readonly stays: number; readonly kmh: number; readonly aloft: boolean };

function there(home: Place, goal: Place, { leaves, stays, kmh, aloft }: Trip): readonly Leg[] {
  const takes = Math.max(60, (distance(home, goal) / kmh) * HOUR);
  const back = leaves + takes + stays;
  return [
    { from: leaves, to: leaves + takes, start: home, end: goal, aloft },
    { from: back, to: back + takes, start: goal, end: home, aloft },
  ];
}

const within = ({ east, north }: Place): Place => ({
  east: Math.max(1, Math.min(EXTENT.east - 1, east)),
  north: Math.max(1, Math.min(EXTENT.north - 1, north)),
});

const distance = (one: Place, two: Place): number => Math.hypot(one.east - two.east, one.north - two.north);
