import type { Receipt } from '../channel.ts';

/** What of a delivered unit tells whether it is a receipt, and of what; as the library gives it. */
export type Delivered = { readonly [parameter: string]: unknown };

/** Bits 5 to 2 of the ESM class: what kind of message it is; 1 of them a receipt of the centre (SMPP 3.4 §5.2.12). */
const KIND = 0x3c;
const RECEIPT = 0x04;

/** Final states by number (§5.2.28) and as receipts write them (Appendix B); all others are on the way. */
const FINAL: Readonly<Record<string, string>> = {
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  7: 'UNKNOWN',
  8: 'REJECTD',
};

/** The text of a short message, or of the payload in its place; octets of a coding that is not for text give none. */
export function textOf({ short_message: short, message_payload: payload }: Delivered): string {
  const parts = [short, payload].map((part) =>
    typeof part === 'object' && part !== null && 'message' in part ? part.message : part,
  );
  return parts.find((part): part is string => typeof part === 'string' && part !== '') ?? '';
}

/** The text of a receipt, which some centres mark as octets. */
function receiptText({ short_message: short, ...pdu }: Delivered): string {
  const octets = typeof short === 'object' && short !== null && 'message' in short ? short.message : undefined;
  return Buffer.isBuffer(octets) ? octets.toString('latin1') : textOf({ ...pdu, short_message: short });
}

/** Whether it is a receipt, or a notification on the way to one, and no message of a person. */
export const isReceipt = ({ esm_class: esm }: Delivered): boolean => typeof esm === 'number' && (esm & KIND) !== 0;

/** A receipt as a centre gives it: of the message of that number, or of that reference to that telephone. */
export type CentreReceipt = Pick<Receipt, 'state' | 'because'> & {
  readonly message: string | undefined;
  readonly reference: number | undefined;
  readonly from: string;
};

/**
 * Reads a receipt: by its parameters, or else by its text, the form of which is each vendor's (Appendix B names the usual
 * one). Undefined where it tells nothing final. Its dates are in the centre's own time, and are left.
 */
export function readReceipt(pdu: Delivered): CentreReceipt | undefined {
  if (typeof pdu['esm_class'] !== 'number' || (pdu['esm_class'] & KIND) !== RECEIPT) return undefined;
  const text = receiptText(pdu);
  const { receipted_message_id: id, message_state: number, user_message_reference: given } = pdu;
  const word = typeof number === 'number' ? FINAL[number] : /\bstat:([A-Z]{1,8})/i.exec(text)?.[1]?.toUpperCase();
  if (word === undefined || !Object.values(FINAL).includes(word)) return undefined;
  const of = {
    message: typeof id === 'string' && id !== '' ? id : /\bid:([^\s]{1,65})/i.exec(text)?.[1],
    reference: typeof given === 'number' ? given : undefined,
    from: String(pdu['source_addr'] ?? ''),
  };
  if (word === 'DELIVRD') return { ...of, state: 'delivered' };
  const error = /\berr:([0-9A-Za-z]{1,8})/i.exec(text)?.[1];
  return { ...of, state: 'refused', because: error === undefined ? word : `${word} ${error}` };
}
