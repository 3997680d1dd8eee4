import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import smpp from 'smpp';
import type { SmsPolicy } from '../../country/notices.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import type { Channel, Outgoing, Sending, TakeReceipt } from '../channel.ts';
import { type Answer, type Link, type LinkOptions, openLink, statusName } from './link.ts';
import { type Naming, type Numbering, numberingOf } from './numbers.ts';
import { headerOf, type Message, messageOf } from './parts.ts';
import { type Delivered, isReceipt, readReceipt } from './receipt.ts';

/** How notices go to a message centre. */
export type SmsOptions = {
  /** Names the centre whose message numbers are one series. */
  readonly name: string;
  readonly link: Omit<LinkOptions, 'onDeliver'>;
  readonly policy: SmsPolicy;
  /** Long messages: cut by us, each part with a header; or whole in the parameter `message_payload`, and cut by the centre. */
  readonly long?: 'parts' | 'payload' | undefined;
  /** How receipts name their message; by number unless told. */
  readonly naming?: Naming | undefined;
  /** Milliseconds that a centre that throttles is left alone; 1 s unless told. */
  readonly throttleMs?: number | undefined;
  /** Takes what people send, and answers over the link. */
  readonly onMessage?: ((pdu: Delivered, link: Link) => Promise<void>) | undefined;
};

/** The channel to a message centre, and the link for answers to what people send. */
export type SmsChannel = Channel & { readonly link: Link };

const { errors } = smpp;
const status = (name: string): number => errors[name] ?? Number.NaN;

/** The centre asks for patience (SMPP 3.4 §5.1.3). */
const THROTTLES: ReadonlySet<number> = new Set([status('ESME_RTHROTTLED'), status('ESME_RMSGQFUL')]);
/** The message or its number will not do, however often it is tried. */
const FOR_GOOD: ReadonlySet<number> = new Set(
  [
    ...['ESME_RINVMSGLEN', 'ESME_RINVDSTADR', 'ESME_RINVDSTTON', 'ESME_RINVDSTNPI'],
    ...['ESME_RX_P_APPN', 'ESME_RX_R_APPN', 'ESME_RINVESMCLASS', 'ESME_RINVDCS'],
  ].map(status),
);
const TEMPORARY = status('ESME_RX_T_APPN');

/** Times that one part is offered to a centre that throttles, before the notice is put off. */
const OFFERS = 5;
/** A header for parts, or the type of a whole message (§5.2.12): user data begin with a header. */
const WITH_HEADER = 0x40;
/** A receipt is wanted whatever becomes of it (§5.2.17). */
const WITH_RECEIPT = 0x01;

/** Opens a channel to a message centre by SMPP 3.4. */
export function smsChannel(options: SmsOptions): SmsChannel {
  const { name, link: place, policy, naming = { by: 'number' }, onMessage } = options;
  const numbering = numberingOf(naming);
  const gateway = `smpp:${name}`;
  let take: TakeReceipt | undefined;
  let failure: { readonly error: unknown } | undefined;

  const failed = (error: unknown): void => {
    failure = { error };
  };
  const onDeliver = async (pdu: Delivered): Promise<number> => {
    if (!isReceipt(pdu)) {
      // The centre need not wait for our answer; the sender is told of a failure when it looks next.
      onMessage?.(pdu, link).catch(failed);
      return 0;
    }
    const receipt = readReceipt(pdu);
    const message = receipt && numbering.ofReceipt(receipt);
    if (receipt === undefined || message === undefined) return 0;
    if (take === undefined) return TEMPORARY;
    try {
      await take({ gateway, message, state: receipt.state, because: receipt.because });
      return 0;
    } catch (error) {
      failed(error); // the centre gives it again
      return TEMPORARY;
    }
  };
  const link: Link = openLink({ ...place, onDeliver });
  return {
    name: 'sms',
    gateway,
    receipts: place.bind !== 'transmitter',
    perSecond: policy.perSecond,
    link,
    ready: link.bound,
    send: (batch) => Promise.all(batch.map((notice) => submit(notice, { link, numbering, options }))),
    listen: (receive) => {
      take = receive;
    },
    collect: async () => {
      if (failure === undefined) return;
      const { error } = failure;
      failure = undefined;
      throw error;
    },
    close: link.close,
  };
}

type Way = { readonly link: Link; readonly numbering: Numbering; readonly options: SmsOptions };

async function submit(notice: Outgoing, { link, numbering, options }: Way): Promise<Sending> {
  const { to, text, until } = notice;
  if (to.channel !== 'sms') throw new Error(`a notice for ${to.channel} came to the channel for short messages`);
  const { policy, long = 'parts', throttleMs, link: place } = options;
  const message = messageOf(text, policy.accents === 'fold');
  const common = {
    ...addresses(to.msisdn, policy.sender),
    data_coding: message.coding,
    registered_delivery: place.bind === 'transmitter' ? 0 : WITH_RECEIPT,
    ...(until === undefined ? {} : { validity_period: validity(until.getTime() - Date.now()) }),
  };
  const answers = await Promise.all(
    unitsOf(message, long).map(async (unit) => {
      const mark = numbering.mark();
      const answer = await offer(link, { ...common, ...unit, ...mark }, throttleMs);
      return typeof answer === 'string'
        ? answer
        : { ...answer, key: numbering.ofAnswer(mark, to.msisdn, answer.message) };
    }),
  );
  const failed = answers.find((answer) => typeof answer === 'string' || answer.status !== 0);
  if (failed !== undefined) return failureOf(failed);
  if (place.bind === 'transmitter') return { kind: 'accepted', messages: [] };
  return {
    kind: 'accepted',
    messages: answers.flatMap((answer) => (typeof answer === 'string' ? [] : (answer.key ?? []))),
  };
}

/** Offers one unit again while the centre throttles, so that the parts that it has need not be sent anew. */
async function offer(link: Link, unit: Readonly<Record<string, unknown>>, throttleMs = 1000): Promise<Answer> {
  for (let offers = 1; ; offers += 1) {
    const answer = await link.submit(unit);
    if (typeof answer === 'string' || !THROTTLES.has(answer.status) || offers >= OFFERS) return answer;
    await wait(throttleMs);
  }
}

function failureOf(answer: Answer): Sending {
  if (typeof answer === 'string') return { kind: 'later', because: answer, spares: answer === 'unsent' };
  const because = statusName(answer.status);
  if (FOR_GOOD.has(answer.status)) return { kind: 'refused', because };
  return { kind: 'later', because, spares: THROTTLES.has(answer.status) };
}

/** What differs between the units of a message. */
function unitsOf({ parts }: Message, long: 'parts' | 'payload'): readonly Readonly<Record<string, unknown>>[] {
  if (parts.length === 1) return [{ short_message: parts[0] }];
  if (long === 'payload') return [{ short_message: Buffer.alloc(0), message_payload: Buffer.concat(parts) }];
  const reference = randomInt(256);
  return parts.map((part, at) => ({
    esm_class: WITH_HEADER,
    short_message: Buffer.concat([headerOf(reference, parts.length, at + 1), part]),
  }));
}

/** International number; whom it comes from is a name, a number of the network, or the centre's own (§5.2.5, §5.2.6). */
function addresses(to: Msisdn, sender: string | undefined): Readonly<Record<string, unknown>> {
  const destination = { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: to };
  if (sender === undefined) return destination;
  const kind = /^\d+$/.test(sender) ? (sender.length > 8 ? [1, 1] : [3, 0]) : [5, 0];
  return { ...destination, source_addr_ton: kind[0], source_addr_npi: kind[1], source_addr: sender };
}

/** A time from now as `YYMMDDhhmmss000R` (§7.1.1.1), up to 28 days. */
function validity(ms: number): string {
  const seconds = Math.min(Math.max(60, Math.floor(ms / 1000)), 28 * 86_400);
  const parts = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  return `0000${parts.map((part) => String(part).padStart(2, '0')).join('')}000R`;
}
