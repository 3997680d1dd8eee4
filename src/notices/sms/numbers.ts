import { randomInt } from 'node:crypto';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import type { CentreReceipt } from './receipt.ts';

/**
 * How receipts name the message they are about. `number`: as the centre's answer did. `hex number`: the answer has it
 * hexadecimal, the receipt decimal, as some centres do. `reference`: by our own reference (SMPP 3.4 §5.3.2.17) and the
 * telephone, for centres whose answers number nothing; of the reference only the 8 bits count that networks carry.
 */
export type Naming =
  | { readonly by: 'number' | 'hex number' }
  | { readonly by: 'reference'; readonly pseudonym: (msisdn: string) => string };

/** What ties messages to their receipts. */
export type Numbering = {
  /** Parameters of a unit before it is sent. */
  readonly mark: () => { readonly user_message_reference?: number };
  /** By what its receipt will be known; undefined where it cannot be. */
  readonly ofAnswer: (
    unit: { readonly user_message_reference?: number },
    to: Msisdn,
    number: string,
  ) => string | undefined;
  /** By what a receipt is known. */
  readonly ofReceipt: (receipt: CentreReceipt) => string | undefined;
};

const decimal = (number: string, pattern: RegExp, prefix: string): string =>
  pattern.test(number) ? BigInt(prefix + number).toString() : number;

/** The numbering of a centre. */
export function numberingOf(naming: Naming): Numbering {
  if (naming.by !== 'reference') {
    const isHex = naming.by === 'hex number';
    return {
      mark: () => ({}),
      ofAnswer: (_, __, number) => {
        if (number === '') return undefined;
        return isHex ? decimal(number, /^[0-9a-f]{1,32}$/i, '0x') : number;
      },
      ofReceipt: ({ message }) => (message !== undefined && isHex ? decimal(message, /^[0-9]{1,38}$/, '') : message),
    };
  }
  const { pseudonym } = naming;
  const key = (reference: number | undefined, telephone: string): string | undefined =>
    reference === undefined ? undefined : `${reference & 0xff} ${pseudonym(telephone)}`;
  let last = randomInt(256);
  return {
    mark: () => {
      last = (last + 1) & 0xff;
      return { user_message_reference: last };
    },
    ofAnswer: ({ user_message_reference: reference }, to) => key(reference, to),
    ofReceipt: ({ reference, from }) => key(reference, from),
  };
}
