import type { ChannelName, Recipient } from './recipient.ts';

/** A notice as a channel gets it. */
export type Outgoing = {
  /** The notice's number: the same again when it is sent again, so that a receiver can tell. */
  readonly id: string;
  readonly to: Recipient;
  readonly language: string;
  readonly template: string;
  readonly title: string;
  readonly text: string;
  /** Of no use at this time or later. */
  readonly until?: Date | undefined;
};

/** What a channel says to a notice. `because` is a code or a word, never a contact or what a server said of it. */
export type Sending =
  /** It has it. `messages`: by what receipts will name its parts; empty where none come. */
  | { readonly kind: 'accepted'; readonly messages: readonly string[] }
  /** Not now. `spares`: the channel's own trouble, such as throttling, which is no attempt of the notice. */
  | { readonly kind: 'later'; readonly because: string; readonly spares: boolean }
  /** Never, by this contact. */
  | { readonly kind: 'refused'; readonly because: string };

/** What became of a message after a channel had accepted it. */
export type Receipt = {
  readonly gateway: string;
  readonly message: string;
  readonly state: 'delivered' | 'refused';
  /** As the channel tells it; without it, when we learn it. */
  readonly at?: Date | undefined;
  readonly because?: string | undefined;
};

/** Takes a receipt; once it resolves, the receipt is recorded. */
export type TakeReceipt = (receipt: Receipt) => Promise<void>;

/** A way to hand over notices. */
export type Channel = {
  readonly name: ChannelName;
  /** Whose message numbers are one series. */
  readonly gateway: string;
  /** Whether receipts come. */
  readonly receipts: boolean;
  /** Notices a second that it takes at most. */
  readonly perSecond: number;
  /** Whether it can take anything now; what is due waits otherwise, without an attempt. */
  readonly ready: () => boolean;
  /** Hands over; an answer for each, in the same order. Rejects only for what nobody foresaw. */
  readonly send: (batch: readonly Outgoing[]) => Promise<readonly Sending[]>;
  /** Looks for receipts where they do not come by themselves. */
  readonly collect?: (take: TakeReceipt) => Promise<void>;
  /** Where receipts come by themselves: hands them on. */
  readonly listen?: (take: TakeReceipt) => void;
  readonly close: () => Promise<void>;
};
