import type { Channel, Outgoing, Sending, TakeReceipt } from '../../src/notices/channel.ts';
import { sendDue } from '../../src/notices/sender.ts';
import type { Office } from './ground.ts';

/** A channel that keeps what it is given and says to it what the test wants. */
export type Fake = Omit<Channel, 'send'> & {
  send: Channel['send'];
  readonly given: Outgoing[];
  answer: (message: Outgoing) => Sending;
  take: TakeReceipt | undefined;
};

export function fakeChannel(name: Channel['name'] = 'sms', receipts = false): Fake {
  const fake: Fake = {
    name,
    gateway: `fake-${name}`,
    receipts,
    perSecond: 1000,
    given: [],
    take: undefined,
    answer: ({ id }) => ({ kind: 'accepted', messages: receipts ? [`m${id}`] : [] }),
    ready: () => true,
    send: async (batch) => {
      fake.given.push(...batch);
      return batch.map((message) => fake.answer(message));
    },
    listen: (take) => {
      fake.take = take;
    },
    close: async () => undefined,
  };
  return fake;
}

/** Sends what is due at a time, all of it. */
export async function sendAll(
  { registry, vault, policy }: Office,
  channel: Channel,
  at: Date | string,
): Promise<number> {
  let sent = 0;
  for (;;) {
    const taken = await sendDue(registry, { vault, policy, channel, now: new Date(at), most: 100 });
    if (taken === 0) return sent;
    sent += taken;
  }
}
