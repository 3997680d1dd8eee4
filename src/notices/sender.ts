import { setTimeout as wait } from 'node:timers/promises';
import type { Policy } from '../country/country.ts';
import { LANGUAGES, noticesOf } from '../country/notices.ts';
import type { Registry } from '../stores/registry.ts';
import type { Vault } from '../vault/vault.ts';
import type { Channel, Sending } from './channel.ts';
import { isQuiet } from './clock.ts';
import { endWaiting, takeReceipt } from './receipts.ts';
import { textOf, versionOf } from './render.ts';
import { templateNames } from './templates.ts';
import { type Claim, claim, expire, type Round, record } from './work.ts';

/** Under what notices are sent. */
export type SenderOptions = {
  readonly vault: Vault;
  readonly policy: Policy;
  readonly channels: readonly Channel[];
  /** Milliseconds between looks while nothing is due; 500 unless told. */
  readonly restMs?: number;
  /** The clock; the machine's unless told. */
  readonly clock?: () => Date;
};

/** Notices taken in hand at once, at most. */
const BATCH = 200;

/** Writes down all texts of this program, so that every version in the ledger can be read whatever comes later. */
export async function registerTexts({ query }: Pick<Registry, 'query'>, now: Date): Promise<void> {
  const texts = templateNames.flatMap((template) =>
    LANGUAGES.map((language) => ({
      template,
      language,
      version: versionOf(template, language),
      ...textOf(template, language),
    })),
  );
  await query(
    `INSERT INTO notice_text (version, template, language, title, text, first_known)
    SELECT version, template, language, title, text, $6
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t (version, template, language, title, text)
    ORDER BY version ON CONFLICT DO NOTHING`,
    [
      texts.map(({ version }) => version),
      texts.map(({ template }) => template),
      texts.map(({ language }) => language),
      texts.map(({ title }) => title),
      texts.map(({ text }) => text),
      now,
    ],
  );
}

/** Sends what is due by one channel, `most` at most; gives how many were taken in hand. */
export async function sendDue(
  registry: Registry,
  { vault, policy, channel, now, most }: Pick<SenderOptions, 'vault' | 'policy'> & Due,
): Promise<number> {
  const { quiet, attempts, receiptHours } = noticesOf(policy);
  const terms = { vault, now, channel, attempts, receiptHours };
  // Letters do not wake anybody.
  const rests = channel.name === 'sms' && isQuiet(now, quiet, policy.timeZone);
  const inTurn = <T>(act: (round: Round) => Promise<T>): Promise<T> =>
    registry.transaction((query) => act({ ...terms, query, quiet: rests }));
  const claims = await inTurn((round) => claim(round, most));
  if (claims.length === 0) return 0;
  const outcomes = await handOver(channel, claims, attempts);
  await inTurn((round) => record(round, outcomes));
  return claims.length;
}

type Due = { readonly channel: Channel; readonly now: Date; readonly most: number };

/** Hands over what can be: not what nobody can open any more, nor what was tried too often without an outcome. */
async function handOver(channel: Channel, claims: readonly Claim[], attempts: number) {
  const settled = (one: Claim): Sending | undefined => {
    if (one.outgoing === undefined) return { kind: 'refused', because: 'no contact any more' };
    return one.attempt > attempts ? { kind: 'refused', because: 'no outcome' } : undefined;
  };
  const sendable = claims.filter((one) => settled(one) === undefined);
  const answers = await channel.send(sendable.flatMap(({ outgoing }) => outgoing ?? []));
  if (answers.length !== sendable.length) throw new Error(`${channel.name} did not answer for every notice`);
  const told = new Map(sendable.map((one, at) => [one.notice, answers[at]]));
  return claims.flatMap((one) => {
    const sending = settled(one) ?? told.get(one.notice);
    return sending === undefined ? [] : [{ claim: one, sending }];
  });
}

/** How many a channel may be given now, so that it gets no more a second than it takes. */
function allowance(perSecond: number): { readonly take: (now: Date) => number; readonly give: (back: number) => void } {
  let [left, since] = [perSecond, Number.NaN];
  return {
    take: (now) => {
      const passed = Number.isNaN(since) ? 0 : Math.max(0, now.getTime() - since);
      [left, since] = [Math.min(perSecond, left + (passed * perSecond) / 1000), now.getTime()];
      const taken = Math.min(BATCH, Math.floor(left));
      left -= taken;
      return taken;
    },
    give: (back) => {
      left += back;
    },
  };
}

/**
 * Sends what is due until told to end, and takes receipts; the notices at hand are recorded before it resolves. Several
 * processes may do it on one registry: each notice is in one's hand only. Rates hold for each process.
 * Rejects when the registry cannot be asked; what was in hand is then sent again, by whoever comes next.
 */
export async function runSender(registry: Registry, options: SenderOptions, signal: AbortSignal): Promise<void> {
  const { channels, restMs = 500, clock = () => new Date() } = options;
  await registerTexts(registry, clock());
  const take = (receipt: Parameters<typeof takeReceipt>[1]): Promise<void> => takeReceipt(registry, receipt, clock());
  for (const { listen } of channels) listen?.(take);
  const lanes = channels.map((channel) => ({ channel, rate: allowance(channel.perSecond) }));
  while (!signal.aborted) {
    const now = clock();
    let done = await registry.transaction(async (query) => (await expire(query, now)) + (await endWaiting(query, now)));
    const sent = await Promise.all(
      lanes.map(async ({ channel, rate }) => {
        await channel.collect?.(take);
        if (!channel.ready()) return 0;
        const most = rate.take(now);
        const taken = most === 0 ? 0 : await sendDue(registry, { ...options, channel, now, most });
        rate.give(most - taken);
        return taken;
      }),
    );
    done += sent.reduce((sum, one) => sum + one, 0);
    if (done === 0) await wait(restMs, undefined, { signal }).catch(ignoreAbort);
  }
}

/** Being told to end while resting is no failure. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
