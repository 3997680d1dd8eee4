/** What a sealed text is about; each class has keys and a retention of its own. New ones come last. */
export const DATA_CLASSES = ['contact', 'identity', 'proof', 'trace', 'account'] as const;

/** `contact`: numbers and addresses; `identity`: names and ids; `proof`: evidence; `trace`: who used a device. */
export type DataClass = (typeof DATA_CLASSES)[number];

/** What a pseudonym is of: equal values of one domain have equal pseudonyms, those of two domains cannot be joined. */
export type Domain = 'msisdn' | 'imsi' | 'person' | 'holder' | 'email';

/** Keeps personal data: sealed where it must be read again, as a pseudonym where it is only compared. `open.ts` opens it. */
export type Vault = {
  /** Seals a text under the newest key of its class; the same text gives other bytes each time. */
  seal(kind: DataClass, text: string): Buffer;
  /** The text again; undefined when its key was destroyed. @throws Error when the bytes are no seal of this class. */
  open(kind: DataClass, sealed: Buffer): string | undefined;
  /** 32 hexadecimal digits, keyed. Give one thing always in one writing: the vault does not know that two are the same. */
  pseudonym(domain: Domain, text: string): string;
};
