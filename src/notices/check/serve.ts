import { checkFormat } from '../../country/check.ts';
import type { Policy } from '../../country/country.ts';
import { noticesOf } from '../../country/notices.ts';
import type { Link } from '../sms/link.ts';
import { messageOf } from '../sms/parts.ts';
import { type Delivered, textOf } from '../sms/receipt.ts';
import { answerTo, type Finding, helpFor, shortened, type Terms } from './answer.ts';
import { type Question, readCheck } from './read.ts';
import { type Session, step } from './ussd.ts';
import type { Check } from './verdict.ts';
import { CHECK_WORDS } from './words.ts';

/** Who answers what people send, under which country file. */
export type CheckOffice = {
  readonly check: Check;
  readonly policy: Pick<Policy, 'notices' | 'appeal' | 'timeZone'>;
  /** The clock; the machine's unless told. */
  readonly clock?: (() => Date) | undefined;
};

/**
 * Answers a message with a check, in one part.
 * @throws whatever the check throws
 */
export function answerMessage(text: string, office: CheckOffice): Promise<string> {
  const { check, language } = noticesOf(office.policy);
  const format = checkFormat(check);
  const terms = { over: 'sms', language, timeZone: office.policy.timeZone } as const;
  const question = readCheck(text, format);
  return question.kind === 'help' ? Promise.resolve(helpFor(format, terms)) : answered(question.imeis, office, terms);
}

async function answered(
  imeis: Extract<Question, { kind: 'check' }>['imeis'],
  { check }: CheckOffice,
  terms: Terms,
): Promise<string> {
  const findings = await Promise.all(
    imeis.map(async (one): Promise<Finding> => (one.ok ? { ok: true, value: await check.check(one.value.imei) } : one)),
  );
  const [first, ...others] = findings;
  if (first === undefined) throw new Error('a check without an IMEI');
  return answerTo([first, ...others], terms);
}

/** What a telephone typed, and what it is told: a text that waits for more, or the last one. */
export type UssdAnswer = { readonly text: string; readonly session: Session | undefined };

/**
 * Answers one input of a session.
 * @throws whatever the check throws
 */
export async function answerUssd(
  session: Session | undefined,
  input: string,
  office: CheckOffice,
): Promise<UssdAnswer> {
  const next = step(session, input, office.policy);
  if (next.kind === 'ask') return { text: next.text, session: next.session };
  if (next.kind === 'end') return { text: next.text, session: undefined };
  const terms = { over: 'ussd', language: next.language, timeZone: office.policy.timeZone } as const;
  return { text: await answered(next.imeis, office, terms), session: undefined };
}

const HOUR_MS = 3_600_000;

/** Counts what each number sent within the hour, in memory alone; numbers are forgotten with it. */
function hourly(most: number): (who: string, now: Date) => boolean {
  let [counts, hour] = [new Map<string, number>(), Number.NaN];
  return (who, now) => {
    const current = Math.floor(now.getTime() / HOUR_MS);
    if (current !== hour) [counts, hour] = [new Map(), current];
    const count = (counts.get(who) ?? 0) + 1;
    counts.set(who, count);
    return count <= most;
  };
}

/** Operations of sessions (SMPP 3.4 §5.3.2.44). */
const USSD = { request: 2, end: 17, answer: 18 } as const;
/** Sessions that are kept at once; the oldest go first. */
const SESSIONS = 10_000;

type Content = Readonly<Record<string, unknown>>;

const unit = (text: string): Content => {
  const { coding, parts } = messageOf(text);
  return { data_coding: coding, short_message: parts[0] };
};

/** Which part of a long message it is, from 1 (3GPP TS 23.040 §9.2.3.24.1, §9.2.3.24.8; SMPP 3.4 §5.3.2.24). */
function partOf({ short_message: short, sar_segment_seqnum: segment }: Delivered): number {
  if (typeof segment === 'number') return segment;
  const headers =
    typeof short === 'object' && short !== null && 'udh' in short && Array.isArray(short.udh) ? short.udh : [];
  for (const header of headers) {
    if (!Buffer.isBuffer(header)) continue;
    if (header[0] === 0x00 || header[0] === 0x08) return header.at(-1) ?? 1;
  }
  return 1;
}

/** Sessions of telephones, by their number. */
function ussdOf(office: CheckOffice): (pdu: Delivered, from: string) => Promise<Content> {
  const sessions = new Map<string, Session>();
  return async (pdu, from) => {
    const session = pdu['ussd_service_op'] === USSD.answer ? sessions.get(from) : undefined;
    sessions.delete(from);
    const answer = await answerUssd(session, textOf(pdu), office);
    if (answer.session !== undefined) sessions.set(from, answer.session);
    for (const oldest of sessions.keys()) if (sessions.size > SESSIONS) sessions.delete(oldest);
    return { ...unit(answer.text), ussd_service_op: answer.session === undefined ? USSD.end : USSD.request };
  };
}

/** What an answer to a session has besides its text. */
function sessionOf(pdu: Delivered): Content {
  if (typeof pdu['ussd_service_op'] !== 'number') return {};
  const { its_session_info: its } = pdu;
  return { service_type: 'USSD', ussd_service_op: USSD.end, ...(its === undefined ? {} : { its_session_info: its }) };
}

/**
 * Answers what people send to the register's number, over the link it came by: short messages, and sessions of
 * unstructured supplementary services from gateways that carry them so. Numbers that ask too often get no answer. What is
 * asked is kept nowhere. Where the check throws, people are told to try again later, and it throws.
 */
export function checksOver(office: CheckOffice): (pdu: Delivered, link: Link) => Promise<void> {
  const { check, language } = noticesOf(office.policy);
  const { clock = () => new Date() } = office;
  const allowed = hourly(check.perHour);
  const ussd = ussdOf(office);
  return async (pdu, link) => {
    const from = String(pdu['source_addr'] ?? '');
    // later parts of a long message: the first has been answered
    if (!/^\d{3,15}$/.test(from) || partOf(pdu) > 1 || !allowed(from, clock())) return;
    const back = {
      source_addr_ton: pdu['dest_addr_ton'],
      source_addr_npi: pdu['dest_addr_npi'],
      source_addr: pdu['destination_addr'],
      dest_addr_ton: pdu['source_addr_ton'],
      dest_addr_npi: pdu['source_addr_npi'],
      destination_addr: from,
      ...sessionOf(pdu),
    };
    try {
      const isSession = typeof pdu['ussd_service_op'] === 'number';
      const content = isSession ? await ussd(pdu, from) : unit(await answerMessage(textOf(pdu), office));
      await link.submit({ ...back, ...content });
    } catch (error) {
      await link.submit({ ...back, ...unit(shortened(CHECK_WORDS[language].unavailable)) });
      throw error;
    }
  };
}
