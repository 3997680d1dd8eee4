import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../faults/fault.ts';
import type { Count } from '../checker.ts';
import type { State } from '../memory/build.ts';
import type { Census } from '../memory/census.ts';
import { Writer } from '../memory/writer.ts';
import { Applier, type Taken } from './apply.ts';
import { Journal } from './journal.ts';
import type { Opening } from './record.ts';
import { journalOf, replay } from './replay.ts';
import { type HeldRules, heldRules, readRules, writeRules } from './rules.ts';
import { SHRINK_PERCENT, shrinkFault } from './shrink.ts';
import { behind, type ChangesLine, FEED_LISTS, NOWHERE, type Stand, sameLists, standOf } from './wire.ts';

/** When a new file of the lists is made: when the changes since are more than both. */
export type RebuildLimits = {
  readonly changes: number;
  /** Of all identifiers in the file. */
  readonly share: number;
};

const REBUILD: RebuildLimits = { changes: 200_000, share: 0.02 };

/** Times as many changes are let come before a file is made, while many more are known to come. */
const PATIENCE = 10;

/** After a file could not be made, the next is tried so much later; twice as long after each failure. */
const AGAIN_MS = { least: 5000, most: 300_000 };

/** How a register is opened. */
export type RegisterOptions = {
  /** Its own folder; made where it is not there. */
  readonly folder: string;
  readonly count: Count;
  readonly onRules?: (rules: HeldRules) => void;
  readonly onDurable?: () => void;
  readonly rebuild?: Partial<RebuildLimits>;
  readonly retryMs?: number;
  /** How much of what is held a snapshot may take off, in percent. */
  readonly shrinkPercent?: number;
};

/** A file that says that all of the lists was held once. */
const WHOLE = 'whole';

const isNowhere = (stand: Stand): boolean => sameLists(stand, { ...NOWHERE, log: stand.log });

/** The numbers of a stand as a file of the lists keeps them: the rules are kept beside it. */
export const stateOf = (stand: Stand): State =>
  Object.fromEntries([['log', stand.log], ...FEED_LISTS.map((list): [string, number] => [list, stand[list]])]);

/**
 * The lists of one node on its disk and in its memory: a file of the lists, a journal of what came since, the rules. All
 * comes back from there after a crash, but for what was not durable yet.
 */
export class Register {
  readonly writer: Writer;
  readonly #options: RegisterOptions;
  readonly #applier: Applier;
  readonly #journal: Journal;
  /** Set while many changes are still to come: a file made now would be old before it is used. */
  isBehind = false;
  #rules: HeldRules | undefined;
  #durable: Stand;
  /** What the journal brought to the disk although something before it is missing there. */
  #beyond: Stand | undefined;
  #losses = 0;
  #isBroken = false;
  /** The first journal that the older of the two files of the lists needs. */
  #oldest: number;
  /** The first journal that the newest file of the lists needs. */
  #based: number;
  #making: Promise<void> | undefined;
  #failures = 0;
  #isWhole: boolean;
  #notBefore = 0;

  private constructor(options: RegisterOptions, parts: Parts) {
    const { writer, applier, rules, first, next } = parts;
    this.#options = options;
    this.writer = writer;
    this.#applier = applier;
    this.#rules = rules;
    this.#durable = applier.stand;
    this.#isWhole = existsSync(path.join(options.folder, WHOLE));
    this.#based = first ?? next;
    this.#oldest = 0;
    this.#journal = new Journal(
      options.folder,
      { number: next, opening: this.#opening() },
      {
        onDurable: (stand) => this.#onDurable(stand),
        onFault: (code) => this.#onFault(code),
        ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
      },
    );
  }

  /** Opens what a folder holds; an empty one has no lists. What is damaged there is not used, and counted. */
  static async open(options: RegisterOptions): Promise<Register> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const writer = await Writer.open(options.folder);
    for (const _ of writer.refused) options.count('follow_refused', 'base');
    const stand = standOf(writer.about.state);
    const kept = await readRules(options.folder);
    const opening = await journalOf(options.folder, stand);
    const applier = new Applier(writer, { ...stand, rules: 0 });
    if (kept !== undefined) applier.kinds = kept.rules.kinds;
    const { changes, ...numbers } = await replay(options.folder, applier, opening?.number);
    const rules = kept?.log === applier.stand.log || applier.stand.log === 0 ? kept : undefined;
    applier.mark({ rules: rules?.version ?? 0 });
    // With all files refused, such as after a change of their form, nothing is known of the lists that were whole once.
    if (writer.refused.length > 0 && isNowhere(applier.stand))
      await rm(path.join(options.folder, WHOLE), { force: true });
    if (changes > 0) options.count('follow_replayed');
    return new Register(options, { writer, applier, rules, ...numbers });
  }

  /** What the lists in memory stand at. */
  get applied(): Stand {
    return this.#applier.stand;
  }

  /** What the lists on the disk stand at. */
  get durable(): Stand {
    return this.#durable;
  }

  get rules(): HeldRules | undefined {
    return this.#rules;
  }

  /** Whether anything was ever told of the lists. */
  get isEmpty(): boolean {
    return isNowhere(this.applied);
  }

  /** Whether all of the lists was held here once: until then, what is on none of them may be on one. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  markWhole(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    // Should it be lost, the node is whole again as soon as it is level with the centre.
    writeFile(path.join(this.#options.folder, WHOLE), '').catch(() => this.#options.count('follow_disk', WHOLE));
  }

  get passed(): number {
    return this.#applier.passed;
  }

  /** Begins to follow a change log; while another one's lists are held, only a snapshot may follow. */
  begin(log: number): boolean {
    if (this.applied.log === log) return true;
    if (this.applied.log !== 0 || !this.isEmpty) return false;
    this.#applier.mark({ log });
    this.#journal.rotate(this.#opening());
    this.#based = this.#journal.number;
    return true;
  }

  /** Applies changes, which take effect at once; `bytes` is the line that brought them, and goes to the disk. */
  take(line: ChangesLine, bytes: Buffer): Taken {
    const taken = this.#applier.take(line);
    if (taken.applied > 0) this.#journal.append(bytes, this.applied);
    this.tick();
    return taken;
  }

  /** Takes rules into use and keeps them; what are none is refused. A full disk is counted: they are sent again. */
  async setRules(version: number, document: string): Promise<boolean> {
    const rules = heldRules(this.applied.log, version, document);
    if (rules === undefined) {
      this.#options.count('follow_refused', 'rules');
      return false;
    }
    this.#rules = rules;
    this.#applier.kinds = rules.rules.kinds;
    this.#applier.mark({ rules: version });
    this.#options.onRules?.(rules);
    try {
      await writeRules(this.#options.folder, rules);
      this.#durable = { ...this.#durable, rules: version };
      this.#options.onDurable?.();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#options.count('follow_disk', error.faults[0]?.code ?? '');
    }
    return true;
  }

  /**
   * Goes on with a snapshot: a file built under a name of `newFile` in this folder. What was held before is forgotten.
   * @throws Refused when it is damaged, would take off most of what is held, or the disk is full; then all stays as it was
   */
  adopt(built: string, opening: Opening): Promise<void> {
    return this.#alone(() => this.#adopt(built, opening));
  }

  /** Makes a new file of the lists now. @throws Refused when the disk is full */
  rebuild(): Promise<void> {
    return this.#alone(() => this.#rebuild());
  }

  /** Makes a new file of the lists where one is due. To be called now and then. */
  tick(): void {
    if (this.#making !== undefined || performance.now() < this.#notBefore) return;
    const { changes, share } = { ...REBUILD, ...this.#options.rebuild };
    const { entries, pairs } = this.writer.changed;
    const most = Math.max(changes, this.writer.about.rows * share) * (this.isBehind ? PATIENCE : 1);
    const isLarge = entries + pairs > most;
    if (!isLarge && !this.#isBroken) return;
    void this.rebuild().catch((error: unknown) => {
      this.#options.count('follow_rebuild_failed', error instanceof Refused ? error.faults[0]?.code : 'UNFORESEEN');
    });
  }

  /** Whether much is still to be written to the disk. */
  get isPressed(): boolean {
    return this.#journal.isPressed;
  }

  /** Waits until what was taken is on the disk, or the disk takes nothing. */
  settled(): Promise<void> {
    return this.#journal.settled();
  }

  async close(): Promise<void> {
    await this.#making?.catch(() => undefined);
    await this.#journal.close();
    this.writer.close();
  }

  #opening(): Opening {
    return { stand: this.applied };
  }

  #onDurable(stand: Stand): void {
    if (this.#isBroken) this.#beyond = stand;
    else this.#durable = { ...stand, rules: this.#durable.rules };
    if (!this.#isBroken) this.#options.onDurable?.();
  }

  #onFault(code: string): void {
    this.#options.count('follow_disk', code);
    if (code !== 'LOST') return;
    this.#losses += 1;
    this.#isBroken = true;
  }

  /** One file of the lists is made or taken at a time. */
  async #alone(act: () => Promise<void>): Promise<void> {
    while (this.#making !== undefined) await this.#making.catch(() => undefined);
    this.#making = act();
    try {
      await this.#making;
    } finally {
      this.#making = undefined;
    }
  }

  async #adopt(built: string, opening: Opening): Promise<void> {
    const adopted = { stand: { ...opening.stand, rules: 0 } };
    const [losses, before] = [this.#losses, this.#opening()];
    const number = this.#journal.rotate(adopted);
    await this.#journal.settled();
    try {
      await this.writer.adopt(built, (next) => this.#judge(next));
    } catch (error) {
      this.#journal.rotate(before); // the one that was begun leads nowhere
      throw error;
    }
    const rules = this.#rules?.log === adopted.stand.log ? this.#rules.version : 0;
    this.#applier.restart({ ...adopted.stand, rules });
    this.#isBroken = false;
    this.#durable = this.applied;
    await this.#rebased(number, losses);
  }

  #judge(next: Census): void {
    const fault = shrinkFault(this.writer.census, next, this.#options.shrinkPercent ?? SHRINK_PERCENT);
    if (fault === undefined) return;
    this.#options.count('follow_refused', 'shrunk');
    throw new Refused([fault]);
  }

  async #rebuild(): Promise<void> {
    const losses = this.#losses;
    // Both see the same moment: what comes from here on is in the new journal, and not in the new file.
    const number = this.#journal.rotate(this.#opening());
    try {
      await this.writer.rebuild(stateOf(this.applied));
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#notBefore = performance.now() + Math.min(AGAIN_MS.most, AGAIN_MS.least * 2 ** this.#failures);
      throw error;
    }
    this.#options.count('follow_rebuilt');
    await this.#rebased(number, losses);
  }

  /** A file of the lists is in place that goes with the journal of this number. */
  async #rebased(number: number, losses: number): Promise<void> {
    if (losses === this.#losses && this.#isBroken) {
      this.#isBroken = false;
      const made = standOf(this.writer.about.state);
      const beyond = this.#beyond !== undefined && behind(this.#beyond, made) === 0 ? this.#beyond : made;
      this.#durable = { ...beyond, rules: this.#durable.rules };
      this.#beyond = undefined;
      this.#options.onDurable?.();
    }
    this.#oldest = this.#based;
    this.#based = number;
    await this.#journal.forget(this.#oldest);
  }
}

type Parts = {
  readonly writer: Writer;
  readonly applier: Applier;
  readonly rules: HeldRules | undefined;
  readonly first: number | undefined;
  readonly next: number;
};
