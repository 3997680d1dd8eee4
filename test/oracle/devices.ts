import { OPERATORS, type OperatorId } from './country.ts';
import { type Model, SERIAL_TACS, TEST_TACS, UNALLOCATED } from './models.ts';
import type { Dice } from './random.ts';

/** A subscription: what stands beside the IMEI in a row. */
export type Line = {
  readonly imsi: string;
  readonly msisdn: string;
  readonly operator: OperatorId;
  readonly uid: string;
};

/** One row of operator data before it is written; `day` counts from the world's first. */
export type Sighting = { readonly day: number; readonly imei: string; readonly rat: string; readonly line: Line };

/** Days of the world: January to March of a leap year. */
export const DAYS = 91;

const RATS = [
  '001',
  '002',
  '003',
  '005',
  '006',
  '008',
  '010',
  '051',
  '105',
  '001|002',
  '002|001',
  '006|010',
  '001|002|006',
];

/** Gives out identifiers and rows. */
export class Population {
  readonly sightings: Sighting[] = [];
  readonly lines: Line[] = [];
  readonly imeis: string[] = [];
  readonly #random: Dice;
  #serial = 100_000;
  #subscriber = 0;
  #person = 0;

  constructor(random: Dice) {
    this.#random = random;
  }

  /** A new IMEI of a TAC, or one with that serial number. */
  imei(tac: string, serial?: number): string {
    this.#serial += this.#random.between(1, 40);
    const imei = `${tac}${String(serial ?? this.#serial).padStart(6, '0')}`;
    this.imeis.push(imei);
    return imei;
  }

  person(): string {
    this.#person += 1;
    return `P-${this.#person}`;
  }

  /** A new subscription of an operator, of a network of the country without an operator, or of elsewhere. */
  line(uid = this.person(), operator = this.#random.pick(OPERATORS), prefix?: string): Line {
    this.#subscriber += 1;
    const head = prefix ?? this.#random.pick(operator.plmns);
    const length = this.#random.chance(0.05) && !head.startsWith('0') ? 14 : 15;
    const imsi = head + String(this.#subscriber * 7).padStart(length - head.length, '0');
    const msisdn = `999${operator.id.length}${String(70_000_000 + this.#subscriber)}`;
    const line = { imsi, msisdn, operator: operator.id, uid };
    this.lines.push(line);
    return line;
  }

  /** A row on each day of a spell, with gaps. */
  use(imei: string, line: Line, spell: { from: number; to: number; density: number; rats?: readonly string[] }): void {
    const random = this.#random;
    for (let day = Math.max(0, spell.from); day <= Math.min(DAYS - 1, spell.to); day += 1) {
      if (random.chance(spell.density)) this.see(day, { imei, line, rats: spell.rats ?? RATS });
    }
  }

  /** One row, now and then with a value absent or cut short. */
  see(day: number, of: { imei: string; line: Line; rats: readonly string[] }): void {
    const random = this.#random;
    const torn = (text: string): string => (random.chance(0.015) ? '' : random.chance(0.01) ? text.slice(0, 9) : text);
    this.sightings.push({
      day,
      imei: random.chance(0.01) ? '' : of.imei,
      rat: random.chance(0.03) ? '' : random.pick(of.rats),
      line: { ...of.line, imsi: torn(of.line.imsi), msisdn: torn(of.line.msisdn) },
    });
  }

  /** A spell within the world, of so many days at most. */
  spell(longest: number, density = 0.7): { from: number; to: number; density: number } {
    const from = this.#random.between(0, DAYS - 1);
    return { from, to: from + this.#random.between(0, longest), density };
  }
}

const ABROAD = ['20801', '310410', '00101', '99701'];
const AT_HOME_ELSEWHERE = ['99904', '99820', '999030'];

/** Devices as most are: one line, two at once, one after another; roamers; two operators on one day. */
export function ordinary(world: Population, random: Dice, tacs: readonly Model[]): void {
  const tac = (): string => random.pick(tacs).tac;
  const few = (): string[] => [random.pick(RATS), random.pick(RATS)];
  for (let at = 0; at < 420; at += 1) world.use(world.imei(tac()), world.line(), { ...world.spell(25), rats: few() });
  for (let at = 0; at < 90; at += 1) {
    const [imei, uid, spell] = [world.imei(tac()), world.person(), world.spell(30)];
    const first = world.line(uid);
    world.use(imei, first, spell);
    world.use(imei, world.line(random.chance(0.7) ? uid : undefined), spell);
    if (random.chance(0.5)) world.use(imei, { ...first, operator: 'carl' }, spell); // seen by a second network, too
  }
  for (let at = 0; at < 80; at += 1) {
    const imei = world.imei(tac());
    let from = random.between(0, 60);
    for (let sim = random.between(2, 6); sim > 0; sim -= 1) {
      const to = from + random.between(0, 9);
      world.use(imei, world.line(), { from, to, density: 0.8 });
      from = to + random.between(-1, 5);
    }
  }
  for (let at = 0; at < 90; at += 1) {
    const prefix = random.pick([...ABROAD, ...AT_HOME_ELSEWHERE]);
    const imei = world.imei(tac());
    world.use(imei, world.line(undefined, random.pick(OPERATORS), prefix), world.spell(12));
    if (random.chance(0.4)) world.use(imei, world.line(), world.spell(12));
  }
}

/** Copies: many lines behind one IMEI, at once, in turns, or a few days each around the ends of months. */
export function clones(world: Population, random: Dice, tacs: readonly Model[]): void {
  for (let at = 0; at < 70; at += 1) {
    const imei = world.imei(random.pick(tacs).tac);
    const base = random.pick([random.between(0, 80), 28, 57, 66]);
    const uid = world.person();
    for (let copies = random.between(2, 13); copies > 0; copies -= 1) {
      const from = base + random.between(-6, 12);
      const line = world.line(random.chance(0.3) ? uid : undefined);
      world.use(imei, line, { from, to: from + random.between(0, 16), density: random.pick([0.3, 0.8, 1]) });
    }
  }
}

/** Boxes of SIMs: subscriber numbers in a row, or nearly, changing daily; most on one network. */
export function boxes(world: Population, random: Dice, tacs: readonly Model[]): void {
  for (let at = 0; at < 40; at += 1) {
    const imei = world.imei(random.pick(tacs).tac);
    const step = random.pick([1, 1, 2, 5]);
    const first = 99_960_000_000 + at * 1000;
    const numbers = random.between(2, 9);
    const operator = random.pick(OPERATORS);
    const other = random.chance(0.2) ? random.pick(OPERATORS) : operator;
    const broken = random.chance(0.25) ? random.between(1, numbers) : 0;
    for (let one = 0; one < numbers; one += 1) {
      const msisdn = String(first + one * step + (one === broken && broken > 0 ? 1 : 0));
      const line = { ...world.line(undefined, one === 0 ? other : operator), msisdn };
      world.use(imei, line, { from: 50, to: 78, density: random.pick([0.4, 0.9]) });
    }
  }
}

const MALFORMED = [
  '3536530',
  '12345678901',
  '1234567890123',
  'ABCDEF01',
  '35365308abcdef01',
  '35365308ABCDEF01',
  '*#06#',
  '0',
  'F',
  '12999996abcd',
  '35100000FFFF',
  '35999991ABC',
  '00100101AB',
  '35100000*#',
  '999999950',
  '01999992#',
  'dead',
  '00440001',
];

/** What is no IMEI, IMEIs of TACs nobody was given, test IMEIs, all-equal digits, 15 and 16 digits, digits with a tail. */
export function oddities(world: Population, random: Dice, tacs: readonly Model[]): void {
  for (const text of MALFORMED) {
    world.imeis.push(text);
    for (let lines = random.between(1, 3); lines > 0; lines -= 1) world.use(text, world.line(), world.spell(20));
  }
  for (const tac of [
    ...UNALLOCATED,
    ...UNALLOCATED,
    ...UNALLOCATED,
    ...UNALLOCATED,
    ...TEST_TACS,
    ...TEST_TACS,
    '00101801',
    '00100001',
  ]) {
    const from = random.between(0, 85);
    world.use(world.imei(tac), world.line(), { from, to: from + 8, density: 1 });
  }
  for (const imei of ['00000000000000', '11111111111111', '12345678901234A', '12345678901234', '1234567890123456']) {
    world.imeis.push(imei);
    world.use(imei, world.line(), world.spell(30));
  }
  for (let at = 0; at < 30; at += 1) {
    const imei = world.imei(random.pick(tacs).tac);
    for (const tail of ['', String(random.between(0, 9)), `0${random.between(0, 9)}`, '*']) {
      world.use(imei + tail, world.line(), world.spell(6));
    }
  }
}

/** Serial numbers one after another, in even steps, at random, and in a mixture; few in the last TAC. */
export function serials(world: Population, random: Dice): void {
  const [run, even, scattered, mixed, few] = SERIAL_TACS;
  const once = (tac: string, serial: number): void => {
    const from = random.between(0, 50);
    const imei = world.imei(tac, serial);
    const line = world.line();
    world.use(imei, line, { from, to: from + random.between(0, 1), density: 1 });
  };
  for (let at = 0; at < 330; at += 1) if (at !== 250) once(run, 249_950 + at);
  for (let at = 0; at < 250; at += 1) once(even, 1000 + at * 3990);
  for (let at = 0; at < 260; at += 1) once(scattered, random.between(0, 999_999));
  for (let at = 0; at < 260; at += 1)
    once(mixed, at < 110 ? 700_000 + at : 10 * random.between(0, 3000) + random.between(0, 2));
  for (let at = 0; at < 12; at += 1) once(few, 5 + at);
}
