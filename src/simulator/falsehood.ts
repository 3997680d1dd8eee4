import { type Tac, writeSerial } from './catalogue.ts';
import { LAGS } from './country.ts';
import { CARRIERS, type Line } from './numbering.ts';
import type { Random } from './random.ts';
import { RADIOS, type Radio } from './rats.ts';
import type { Truth } from './register.ts';
import { lastDay, type Spell, subscribe, victim, type World, whole, writeDay } from './world.ts';

/** How much of each falsehood there is: a share of all devices, and what plants one. */
const PLANTS: readonly (readonly [share: number, plant: (world: World, random: Random) => void])[] = [
  [0.004, unwritable],
  [0.003, invented],
  [0.0004, laboratory],
  [0.0005, barred],
  [0.0025, theft],
  [0.0004, unseenTheft],
  [0.0015, overreach],
  [0.0003, watched],
];

/** Falsehoods that come in lumps; only where there are enough devices to hide them. */
const LUMPS: readonly (readonly [one: number, plant: (world: World, random: Random) => void])[] = [
  [1_000_000, placeholders],
  [150_000, mega],
  [40_000, simBox],
  [100_000, sequentialBlock],
  [100_000, uniformBlock],
  [40_000, spared],
];

/** Plants everything false but clones, which fill what is left of the devices. */
export function plant(world: World, random: Random): void {
  for (const [share, each] of PLANTS) {
    const count = Math.max(world.limit < 500 ? 0 : 1, Math.round(share * world.limit));
    for (let done = 0; done < count; done += 1) each(world, random);
  }
  if (world.limit < 2000) return;
  for (const [one, lump] of LUMPS) {
    for (let done = 0; done < Math.ceil(world.limit / one); done += 1) lump(world, random);
  }
}

/** A false device on the network: neither registered nor associated, with a person's line in it. */
type Rogue = {
  readonly imei: string;
  readonly spell: Spell;
  readonly line?: Line;
  readonly activity?: number;
  readonly radio?: Radio;
};

/** Lets the network see a false device; its first and last day are certain. */
export function appear(world: World, random: Random, rogue: Rogue): void {
  const { imei, spell, line = subscribe(world), activity = 0.2 + random.share() * 0.6, radio = 'lte' } = rogue;
  world.usages.add({ imei, line, ...spell, activity, radio, model: -1, certain: true });
}

/** Notes that an identifier is neither registered nor associated, beside what else it is. */
export function outlaw(world: World, imei: string, kind: Truth, detail = ''): void {
  world.register.truth(imei, kind, detail);
  world.register.truth(imei, 'unregistered');
  world.register.truth(imei, 'not_associated');
}

/** An identifier that is no IMEI: cut short, or with letters. None begins with 1, as an IMEI without its zero would. */
function unwritable(world: World, random: Random): void {
  const digits = `3${String(random.next()).padStart(10, '0')}${String(random.next()).padStart(10, '0')}`;
  const letter = 'ABCDEF'.charAt(random.below(6));
  const imei = random.chance(0.6)
    ? digits.slice(0, 9) + letter + digits.slice(9, 13)
    : digits.slice(0, 7 + random.below(7));
  const spell = whole(world, random);
  world.devices += 1;
  appear(world, random, { imei, spell });
  outlaw(world, imei, 'malformed');
  noteUnallocated(world, imei, spell.from);
}

/** What cheap or repaired devices send in place of an IMEI, many with the same. */
function placeholders(world: World, random: Random): void {
  for (const imei of ['00000000000000', '*#06#', 'FFFFFFFFFFFFFFF', '0']) {
    const lines = Math.max(3, Math.round(Math.min(world.limit, 1_000_000) * 0.0003 * (0.5 + random.share())));
    world.devices += lines;
    const spells = Array.from({ length: lines }, () => whole(world, random));
    for (const spell of spells) appear(world, random, { imei, spell });
    const first = Math.min(...spells.map(({ from }) => from));
    outlaw(world, imei, 'shared_placeholder', `lines=${lines}`);
    if (imei.length !== 14) world.register.truth(imei, 'malformed');
    noteUnallocated(world, imei, first);
  }
}

/** What begins with no allocated TAC is a finding once the database has had its time to follow. */
function noteUnallocated(world: World, imei: string, first: number): void {
  if (first + (LAGS[imei.slice(0, 2)] ?? 0) < world.days) world.register.truth(imei, 'unallocated_tac');
}

/** A device whose TAC was never allocated. */
function invented(world: World, random: Random): void {
  const imei = world.catalogue.unallocated() + String(random.below(1_000_000)).padStart(6, '0');
  const spell = { from: random.below(5), to: lastDay(world) - random.below(5) };
  world.devices += 1;
  appear(world, random, { imei, spell });
  noteUnallocated(world, imei, spell.from);
  world.register.truth(imei, 'unregistered');
  world.register.truth(imei, 'not_associated');
}

/** A laboratory's device, with a TAC of the test ranges (GSMA TS.06; RBI 00). */
function laboratory(world: World, random: Random): void {
  world.devices += 1;
  const tac = `0010${String(1 + random.below(17)).padStart(2, '0')}${String(random.below(100)).padStart(2, '0')}`;
  const imei = tac + String(world.devices % 1_000_000).padStart(6, '0');
  const spell = whole(world, random);
  appear(world, random, { imei, spell });
  outlaw(world, imei, 'test_tac');
  noteUnallocated(world, imei, spell.from);
}

function barred(world: World, random: Random): void {
  const usage = victim(world, random);
  if (usage === undefined) return;
  const imei = world.usages.imeiOf(usage);
  world.register.list('barred', imei);
  world.register.truth(imei, 'barred');
}

/** Identifiers that are never to be listed; one of the two is barred all the same. */
function spared(world: World, random: Random): void {
  const expires = writeDay(world, lastDay(world) + 730);
  for (const also of ['', 'barred']) {
    const usage = victim(world, random);
    if (usage === undefined) return;
    const imei = world.usages.imeiOf(usage);
    world.register.list('golden', imei, 'Meridia Communications Act section 51 (missions)', expires);
    world.register.truth(imei, 'golden');
    if (also === '') continue;
    world.register.list('barred', imei);
    world.register.truth(imei, 'barred', 'golden=1');
  }
}

function watched(world: World, random: Random): void {
  const usage = victim(world, random);
  if (usage === undefined) return;
  const imei = world.usages.imeiOf(usage);
  world.register.list('monitoring', imei);
  world.register.truth(imei, 'monitored');
}

/** A phone is stolen: its owner's use ends; often it comes back with the line of somebody else. */
function theft(world: World, random: Random): void {
  const { usages, register } = world;
  const long = (at: number): boolean => (usages.tos[at] ?? 0) - (usages.froms[at] ?? 0) >= 20;
  const usage = victim(world, random, long);
  if (usage === undefined) return;
  const imei = usages.imeiOf(usage);
  const day = (usages.froms[usage] ?? 0) + 2 + random.below((usages.tos[usage] ?? 0) - (usages.froms[usage] ?? 0) - 8);
  usages.tos[usage] = day;
  const reported = writeDay(world, Math.min(lastDay(world), day + random.below(3)));
  if (random.chance(0.08)) {
    register.list('stolen', imei, reported, 'pending');
    register.truth(imei, 'stolen_pending', `theft=${writeDay(world, day)}`);
    return;
  }
  const back = random.chance(0.6) ? day + 2 + random.below(15) : Infinity;
  register.list('stolen', imei, reported, random.chance(0.8) ? 'blacklist' : '');
  register.truth(imei, 'stolen', `theft=${writeDay(world, day)} reused=${back <= lastDay(world) ? 1 : 0}`);
  if (back > lastDay(world)) return;
  appear(world, random, { imei, spell: { from: back, to: lastDay(world) }, radio: radioOf(world, usage) });
  register.truth(imei, 'other_uid', 'theft=1');
}

/** The radio by which a usage is seen. */
export const radioOf = (world: World, usage: number): Radio => RADIOS[world.usages.radios[usage] ?? 0] ?? 'lte';

/** An older theft: on the list, never on the networks. */
function unseenTheft(world: World, random: Random): void {
  const [imei = ''] = world.catalogue.device(world.catalogue.phone());
  world.register.list('stolen', imei, writeDay(world, -random.below(400)), 'blacklist');
  world.register.truth(imei, 'stolen', 'unseen=1');
}

/** A phone on a network of a generation that its model does not speak: 4G or 5G behind the IMEI of an older one. */
function overreach(world: World, random: Random): void {
  const { usages } = world;
  const limits = RADIOS.slice(0, 3).map((radio) => RADIOS.indexOf(radio));
  const usage = victim(world, random, (at) => limits.includes(usages.radios[at] ?? 9));
  if (usage === undefined) return;
  const claimed = radioOf(world, usage);
  usages.radios[usage] = RADIOS.indexOf(claimed === 'lte' ? 'standalone' : 'nr');
  world.register.truth(usages.imeiOf(usage), 'wrong_technology', `model=${claimed}`);
}

/** A plausible IMEI that a repair shop left in many phones. */
function mega(world: World, random: Random): void {
  const model = world.catalogue.phone();
  const [tac] = model.tacs;
  if (tac === undefined) return;
  // Above the serial numbers that the factory uses.
  const imei = writeSerial(tac, 999_999 - random.below(9000));
  const lines = Math.max(20, Math.round(Math.min(world.limit, 1_000_000) * 0.005 * (0.6 + random.share())));
  world.devices += lines;
  const spells = Array.from({ length: lines }, () => whole(world, random));
  for (const spell of spells) appear(world, random, { imei, spell, radio: model.rats });
  outlaw(world, imei, 'test_imei_mega', `lines=${lines}`);
}

/** A box of SIMs that ends calls from abroad as local ones: few IMEIs, lines bought together, each used for days. */
function simBox(world: World, random: Random): void {
  const carrier = random.below(CARRIERS.length);
  const uid = world.numbering.person();
  const window = Math.min(28, world.days);
  for (let slot = 0; slot < 4; slot += 1) {
    const model = world.catalogue.phone();
    const [imei = ''] = world.catalogue.device(model, 1);
    const lines = world.numbering.progression(uid, carrier, {
      count: 36 + random.below(24),
      step: 1 + random.below(5),
    });
    const spells = lines.map(() => {
      const from = world.days - window + random.below(window - 5);
      return { from, to: from + 3 + random.below(3) };
    });
    world.devices += 1;
    for (const [at, line] of lines.entries()) {
      world.register.subscriber(line);
      appear(world, random, {
        imei,
        line,
        spell: spells[at] ?? whole(world, random),
        activity: 0.95,
        radio: model.rats,
      });
    }
    outlaw(world, imei, 'sim_box', `lines=${lines.length} carrier=${CARRIERS[carrier]?.id ?? ''}`);
  }
}

/** Many IMEIs written by a tool that counts, beside the genuine ones of a popular model. */
function sequentialBlock(world: World, random: Random): void {
  const { tac, radio } = denseTac(world, random);
  const first = tac.next + 20_000 + random.below(50_000);
  const imeis = Array.from({ length: blockSize(world, random) }, (_, at) => writeSerial(tac, first + at));
  reprogram(world, random, { imeis, radio, block: 'sequential' });
}

/** Many IMEIs written by a tool that draws lots over the whole million of a model that is not sold here. */
function uniformBlock(world: World, random: Random): void {
  const tac = world.catalogue.elsewhere();
  const serials = new Set<number>();
  // As many as it takes for chance to show, also in a small country; it is then a large part of what is false there.
  const wished = blockSize(world, random);
  const size = wished < LEAST ? LEAST + random.below(5) : wished;
  while (serials.size < size) serials.add(random.below(1_000_000));
  reprogram(world, random, {
    imeis: [...serials].map((serial) => writeSerial(tac, serial)),
    radio: 'lte',
    block: 'uniform',
  });
}

/** From how many identifiers of a TAC the condition after them can conclude anything. */
const LEAST = 200;

/** Blocks of a few dozen in a small country; hundreds in one that is large enough to hide them. */
const blockSize = (world: World, random: Random): number =>
  Math.round(
    (world.limit < 20_000 ? 24 : Math.max(250, Math.min(500, world.limit * 0.005))) * (1 + 0.2 * random.share()),
  );

type Block = { readonly imeis: readonly string[]; readonly radio: Radio; readonly block: string };

function reprogram(world: World, random: Random, { imeis, radio, block }: Block): void {
  for (const imei of imeis) {
    world.devices += 1;
    appear(world, random, { imei, spell: whole(world, random), radio });
    outlaw(world, imei, 'reprogrammed', `block=${block} size=${imeis.length}`);
  }
}

/** The TAC of a popular model that no block has been written into yet. */
function denseTac(world: World, random: Random): { readonly tac: Tac; readonly radio: Radio } {
  const popular = world.catalogue.models
    .slice(0, 60)
    .flatMap(({ tacs, rats }) => tacs.map((tac) => ({ tac, radio: rats })));
  const free = popular.filter(({ tac }) => tac.next < 880_000 && !world.reprogrammed.has(tac.code));
  const sorted = free.sort((one, two) => two.tac.next - two.tac.first - (one.tac.next - one.tac.first)).slice(0, 20);
  const found = sorted[random.below(sorted.length)] ?? popular[0];
  if (found === undefined) throw new Error('The catalogue has no popular model.');
  world.reprogrammed.add(found.tac.code);
  return found;
}
