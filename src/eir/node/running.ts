import type { Logger } from 'pino';
import type { Rules } from '../../decisions/core/rules.ts';
import { Refused } from '../../faults/fault.ts';
import type { Alarms } from '../events/alarms.ts';
import type { Desk } from '../events/desk.ts';
import type { Shipper } from '../events/ship.ts';
import type { Spool } from '../events/spool.ts';
import type { FollowStatus } from '../follow/follower.ts';
import type { Admin, Asked } from './admin.ts';
import type { NodeConfig } from './config.ts';
import type { Crew } from './crew.ts';
import { type Answered, explained } from './explain.ts';
import { writeMetrics } from './exposition.ts';
import type { NodeLists } from './lists.ts';
import { type Counting, metricsOf } from './metrics.ts';
import type { OwnChecker } from './own.ts';
import type { Shared } from './shared.ts';
import type { Visitors } from './visitors.ts';

const TICK_MS = 10;
const VISITORS_MS = 300_000;
/** A clock that is off by more against the one that never jumps has jumped. */
const JUMP_MS = 1000;

/** The parts of a node, from its beginning to its end. */
export class Running {
  readonly #config: NodeConfig;
  readonly #logger: Logger;
  readonly #lists: NodeLists;
  readonly #crew: Crew;
  readonly #desk: Desk;
  readonly #spool: Spool | undefined;
  readonly #shipper: Shipper | undefined;
  readonly #alarms: Alarms;
  readonly #visitors: Visitors;
  readonly #visitorFile: string;
  readonly #checker: OwnChecker;
  readonly #control: Int32Array;
  readonly #shared: Shared;
  readonly #ticking: NodeJS.Timeout;
  readonly #startedAt = Date.now();
  #clock = Date.now() - performance.now();
  #clockJumps = 0;
  #savedAt = performance.now();
  #isDraining = false;
  #wasConnected = false;
  #closing: Promise<void> | undefined;
  admin: Admin | undefined;

  constructor(config: NodeConfig, logger: Logger, parts: RunningParts) {
    this.#config = config;
    this.#logger = logger;
    this.#lists = parts.lists;
    this.#crew = parts.crew;
    this.#desk = parts.desk;
    this.#spool = parts.spool;
    this.#shipper = parts.shipper;
    this.#alarms = parts.alarms;
    this.#visitors = parts.visitors;
    this.#visitorFile = parts.visitorFile;
    this.#checker = parts.checker;
    this.#control = parts.control;
    this.#shared = parts.shared;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  get addresses(): ReadonlyMap<string, string> {
    return this.#crew.addresses;
  }

  get health(): Readonly<Record<string, unknown>> {
    const { connected, lag, lists, trouble } = this.#lists.status();
    const rules = this.#lists.rules()?.version ?? 0;
    return { node: this.#config.name, draining: this.#isDraining, connected, lag, lists, rules, trouble };
  }

  unready(): readonly string[] {
    const { lists } = this.#heed();
    return [
      ...(this.#isDraining ? ['draining'] : []),
      ...(this.#crew.isReady || this.#isDraining ? [] : ['workers']),
      ...(lists === 'whole' ? [] : ['lists']),
      ...(this.#lists.rules() === undefined ? ['rules'] : []),
    ];
  }

  /** Asks this node as a network would. It is recorded, too. */
  async check({ operator, peer, ...asked }: Asked): Promise<Answered> {
    const { checker, view } = this.#checker;
    const question = { ...asked, equipment: 'imei', rat: 0, at: Date.now() } as const;
    const asker = { protocol: 'cli', peer, operator } as const;
    const answer = checker.check(question, asker) ?? (await checker.ask(question, asker));
    return explained(answer, question, { view, ruled: checker.ruled });
  }

  metrics(): string {
    const { writer } = this.#lists;
    const places = this.#crew.places;
    const counting: readonly Counting[] = [
      { name: 'main', tally: this.#checker.tally, source: this.#checker.source, counts: this.#shared.all },
      ...places.map((place) => ({ ...place, name: String(place.number), tally: place.tally })),
    ];
    const rings = counting.map(({ source }) => source.ring);
    return writeMetrics(
      metricsOf(counting, {
        status: this.#lists.status(),
        rulesVersion: this.#lists.rules()?.version ?? 0,
        rows: writer.about.rows,
        changed: writer.changed,
        workers: { ready: places.filter(({ isReady }) => isReady).length, restarts: this.#crew.restarts },
        events: {
          recorded: this.#desk.recorded,
          lost: rings.reduce((sum, { lost }) => sum + lost, this.#shared.lost + this.#desk.orphaned),
          bytes: this.#spool?.bytes ?? 0,
          files: this.#spool?.kept.length ?? 0,
          waiting: rings.reduce((sum, { waiting }) => sum + waiting, 0),
        },
        visitors: this.#visitors.size,
        clockJumps: this.#clockJumps,
        startedAt: this.#startedAt,
      }),
    );
  }

  setRules(rules: Rules): void {
    this.#checker.checker.setRules(rules);
    this.#crew.setRules(rules);
    this.#logger.info({ rules: this.#lists.rules()?.version ?? 0 }, 'rules taken into use');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Lets workers go by the lists as soon as anybody could hear that they are there. */
  #heed(): FollowStatus {
    const status = this.#lists.status();
    this.#control[0] = status.lists === 'whole' ? 0 : 1;
    return status;
  }

  #tick(): void {
    const status = this.#heed();
    if (status.connected !== this.#wasConnected) {
      this.#wasConnected = status.connected;
      this.#logger.info({ connected: status.connected, trouble: status.trouble, lag: status.lag }, 'centre');
    }
    this.#desk.gather(this.#spool);
    this.#spool?.tick();
    this.#alarms.tick();
    this.#shipper?.tick();
    this.#checker.checker.tick();
    this.#look();
  }

  /** Looks at the clock, and saves the visitors now and then. */
  #look(): void {
    const clock = Date.now() - performance.now();
    if (Math.abs(clock - this.#clock) > JUMP_MS) {
      this.#clockJumps += 1;
      this.#logger.warn({ seconds: Math.round((clock - this.#clock) / 1000) }, 'the clock jumped');
    }
    this.#clock = clock;
    if (performance.now() - this.#savedAt < VISITORS_MS) return;
    this.#savedAt = performance.now();
    void this.#saveVisitors();
  }

  async #saveVisitors(): Promise<void> {
    if (this.#visitors.size === 0) return;
    await this.#visitors.save(this.#visitorFile).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      this.#shared.count('visitors_disk', error.faults[0]?.code);
    });
  }

  async #close(): Promise<void> {
    this.#isDraining = true;
    this.#logger.info('draining');
    const until = performance.now() + this.#config.drainSeconds * 1000;
    await this.#crew.drain(this.#config.drainSeconds * 500);
    clearInterval(this.#ticking);
    this.#desk.gather(this.#spool);
    await this.#alarms.close();
    await this.#spool?.close();
    await this.#shipper?.close(Math.max(500, until - performance.now()));
    await this.#saveVisitors();
    this.#checker.close();
    await this.#lists.close();
    await this.admin?.close();
    this.#logger.info('ended');
  }
}

export type RunningParts = {
  readonly lists: NodeLists;
  readonly crew: Crew;
  readonly desk: Desk;
  readonly spool: Spool | undefined;
  readonly shipper: Shipper | undefined;
  readonly alarms: Alarms;
  readonly visitors: Visitors;
  readonly visitorFile: string;
  readonly checker: OwnChecker;
  readonly control: Int32Array;
  readonly shared: Shared;
};
