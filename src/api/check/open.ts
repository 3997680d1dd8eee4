import { type Day, today } from '../../calendar/day.ts';
import type { Policy } from '../../country/country.ts';
import { Answers } from '../../eir/centre/answers.ts';
import { Feed } from '../../eir/centre/feed.ts';
import { Snapshots } from '../../eir/centre/snapshots.ts';
import type { Count } from '../../eir/checker.ts';
import type { Store } from '../../stores/store.ts';
import { type Checking, checkingBy } from './checking.ts';
import { AspectMemory } from './memory.ts';
import { loadModels, type Models } from './models.ts';
import { publicReasons } from './reasons.ts';

/** Where the public check gets what it knows. */
export type CheckPlaces = {
  /** The feed folder, into which lists, rules and what offices change are published. */
  readonly feed: string;
  /** Of its own: what it keeps from one start to the next. */
  readonly folder: string;
  readonly store: Pick<Store, 'analytics' | 'registry'>;
  readonly policy: Policy;
  readonly clock: () => Date;
  readonly count?: Count;
};

/** The public check of a register. */
export type PublicCheck = Checking & {
  /** Takes in what the stores know by now; to be called after each run and every few seconds. */
  readonly refresh: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** No operator of a country file has such an id: no exceptions of anybody's are among its lists. */
const NOBODYS_NETWORK = 'public-check';

const SNAPSHOTS = { changes: 50_000, share: 0.1, everyMs: 1000 };

/** Questions that may wait: those of bulk checks, too. */
const WAITING = 100_000;

/**
 * Opens the public check: decided by the centre's own answers (the same lists, rules and precedence table as in the
 * nodes), with aspects and models beside them, all in memory. No store is asked for a check.
 */
export async function openPublicCheck(places: CheckPlaces): Promise<PublicCheck> {
  const { feed: folder, store, policy, clock, count = () => undefined } = places;
  const feed = await Feed.open(folder, count);
  const operators = [NOBODYS_NETWORK];
  const onFault = (): void => count('check_snapshot_failed');
  const snapshots = await Snapshots.open(feed, { operators, rules: SNAPSHOTS, count, onFault });
  const answers = new Answers(feed, snapshots, WAITING);
  const memory = await AspectMemory.open(places.folder);
  const day = dayBy(policy.timeZone, clock);
  const load = (): Promise<Models> => loadModels(store.analytics, store.registry.query, day());
  let models = await load();
  return {
    ...checkingBy({
      decide: async (questions) => {
        const found = await answers.answer(NOBODYS_NETWORK, questions);
        return typeof found === 'string' ? undefined : found;
      },
      aspects: (imei) => memory.aspects(imei),
      models: (tac) => models(tac),
      reasons: publicReasons(policy.conditions),
      today: day,
    }),
    refresh: async () => {
      const stores = { analytics: store.analytics, query: store.registry.query };
      if (await memory.refresh(stores, { conditions: policy.conditions, day: day() })) models = await load();
    },
    close: async () => {
      feed.close();
      await answers.close();
      await snapshots.close();
      await memory.close();
    },
  };
}

/** The day it is in a time zone, looked up once a minute: days begin at whole minutes, and the look-up is slow. */
function dayBy(timeZone: string, clock: () => Date): () => Day {
  let known: { readonly minute: number; readonly day: Day } | undefined;
  return () => {
    const now = clock();
    const minute = Math.floor(now.getTime() / 60_000);
    if (known?.minute !== minute) known = { minute, day: today(timeZone, now) };
    return known.day;
  };
}
