import { today } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { publishFeed } from '../lists/feed.ts';
import { publishControl } from '../lists/offices/publish_control.ts';
import { rulesAt } from '../lists/rules.ts';
import type { Store } from '../stores/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { Duty } from './duty.ts';

/** What publishes into a feed folder. */
export type Publishing = {
  readonly store: Store;
  readonly vault: Vault;
  readonly country: Country;
  readonly folder: string;
  readonly clock: () => Date;
};

/** What offices changed, as soon as a transaction tells of it; and now and then, should a word have been lost. */
export const publishOffices = ({ store, vault, folder }: Publishing): Duty => ({
  name: 'publish_offices',
  every: 5,
  round: async () => (await publishControl({ registry: store.registry, vault }, folder)).changes,
});

/**
 * What runs changed, whoever gave the command, and the rules of the day. A day without a run has rules of its own: a mode
 * may begin on it.
 */
export function publishRuns({ store, country, folder, clock }: Publishing): Duty {
  let published = '';
  return {
    name: 'publish_runs',
    every: 5,
    round: async () => {
      const day = today(country.timeZone, clock());
      const [row] = await store.registry.query<{ run: number | null }>(
        `SELECT max(number) AS run FROM run WHERE status = 'done'`,
      );
      const version = `${day} ${row?.run ?? 0}`;
      if (version === published) return 0;
      const { changes } = await publishFeed(store, folder, await rulesAt(store, country, day));
      published = version;
      return changes;
    },
  };
}
