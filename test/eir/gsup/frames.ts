import type { Answer, Question, Status } from '../../../src/decisions/core/question.ts';
import type { Asker, Checker, Count } from '../../../src/eir/checker.ts';
import type { Rules } from '../../../src/eir/gsup/rules.ts';
import { GsupSession } from '../../../src/eir/gsup/session.ts';

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** A whole IPA frame, made without the code under test. */
export function frame(stream: number, payload: Buffer): Buffer {
  const head = Buffer.from([payload.length >> 8, payload.length & 0xff, stream]);
  return Buffer.concat([head, payload]);
}
export const gsup = (message: string | Buffer): Buffer =>
  frame(0xee, Buffer.concat([hex('05'), typeof message === 'string' ? hex(message) : message]));
export const ccm = (message: string): Buffer => frame(0xfe, hex(message));

/** Digits two an octet, the low half first, filled with f. */
export function bcd(digits: string): Buffer {
  const even = digits.length % 2 === 0 ? digits : `${digits}f`;
  return hex(even.replaceAll(/(.)(.)/g, '$2$1'));
}
export function element(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, value.length]), value]);
}
export const imsiElement = (imsi: string): Buffer => element(0x01, bcd(imsi));
export function imeiElement(imei: string): Buffer {
  const digits = bcd(imei);
  return element(0x50, Buffer.concat([Buffer.from([digits.length]), digits]));
}
export const CLASS = hex('0a0101');
export const checkImei = (imsi: string, imei: string): Buffer =>
  gsup(Buffer.concat([hex('30'), imsiElement(imsi), imeiElement(imei), CLASS]));
export const result = (imsi: string, nack: boolean): Buffer =>
  gsup(Buffer.concat([hex('32'), imsiElement(imsi), element(0x51, Buffer.from([nack ? 1 : 0])), CLASS]));
export const locate = (imsi: string): Buffer =>
  gsup(Buffer.concat([hex('04'), imsiElement(imsi), hex('280102'), CLASS]));

/** What OsmoHLR asks of a client that connects, and what a client of the name answers. */
export const ID_GET = ccm('04 0108 0107 0102 0103 0104 0105 0101 0100');
export const ID_ACK = ccm('06');
export const PING = ccm('00');
export const PONG = ccm('01');
export function idResp(name: string): Buffer {
  const text = Buffer.from(`${name}\0`);
  const told = Buffer.concat([Buffer.from([0, text.length + 1, 0x00]), text]);
  return frame(0xfe, Buffer.concat([hex('05'), told]));
}

export const answerOf = (status: Status): Answer => ({
  status,
  step: 'test',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: status,
  by: 'local',
});

/** Serial numbers of the test's IMEIs decide: those that end in 1 are blocked, in 2 tracked, in 3 unknown; 9 asks later. */
export function statusOf(imei: number): Status {
  return (['permitted', 'blocked', 'tracked', 'unknown'] as const)[imei % 10] ?? 'permitted';
}

/** A checker by {@link statusOf} that remembers what it was asked. */
export function checkerOf(): Checker & {
  readonly asked: (Question & { readonly peer: string })[];
  readonly askers: Asker[];
} {
  const asked: (Question & { readonly peer: string })[] = [];
  const askers: Asker[] = [];
  return {
    asked,
    askers,
    check: (question, asker) => {
      asked.push({ ...question, peer: asker.peer });
      askers.push(asker);
      return question.imei % 10 === 9 ? undefined : answerOf(statusOf(question.imei));
    },
    ask: async ({ imei }) => answerOf(statusOf(Math.floor(imei / 10))),
  };
}

/** Counts, and what was counted: `name` or `name label` to how often. */
export function counter(): { readonly count: Count; readonly counted: Map<string, number> } {
  const counted = new Map<string, number>();
  return {
    counted,
    count: (name, label) => {
      const key = label === undefined ? name : `${name} ${label}`;
      counted.set(key, (counted.get(key) ?? 0) + 1);
    },
  };
}

/** A session without sockets, with an HLR behind unless told otherwise. */
export function sessionOf(rules: Partial<Rules> = {}) {
  const checker = checkerOf();
  const { count, counted } = counter();
  const written = { client: [] as Buffer[], hlr: [] as Buffer[], clientWrites: 0 };
  const session = new GsupSession(
    {
      checker,
      count,
      unknown: 'permit',
      hlr: true,
      store: false,
      outstanding: 10,
      operator: 'alfa',
      peers: undefined,
      frameOctets: 65_535,
      ...rules,
    },
    {
      toClient: (pieces) => {
        written.clientWrites += 1;
        written.client.push(...pieces.map((piece) => Buffer.from(piece)));
      },
      toHlr: (pieces) => {
        written.hlr.push(...pieces.map((piece) => Buffer.from(piece)));
      },
    },
  );
  /** What was written to a side since it was asked last, as hexadecimal. */
  const take = (side: 'client' | 'hlr'): string => {
    const all = Buffer.concat(written[side]).toString('hex');
    written[side].length = 0;
    return all;
  };
  return { session, checker, counted, take, written };
}
