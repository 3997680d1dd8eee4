import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Question, Status } from '../../../src/decisions/core/question.ts';
import type { Asker, Checker, Count } from '../../../src/eir/checker.ts';
import { MAP_COUNTS } from '../../../src/eir/map/counts.ts';
import { ipaSession } from '../../../src/eir/map/ipa.ts';
import type { MapService } from '../../../src/eir/map/options.ts';
import type { LinkCause, Wire } from '../../../src/eir/map/session.ts';
import { dataOf, hex, ipa, ipaFrames, udt } from '../../peers/msc.ts';

const answer = (status: Status): Answer => ({
  status,
  step: '',
  reason: '',
  list: '',
  level: 'imei',
  exception: '',
  intended: status,
  by: 'local',
});

/** A checker that knows a few IMEIs, keeps what it was asked, and asks "the centre" for one of them. */
export const KNOWN: ReadonlyMap<number, Status> = new Map([
  [35_693_803_000_001, 'permitted'],
  [35_693_803_000_002, 'blocked'],
  [35_693_803_000_003, 'tracked'],
  [35_693_803_000_004, 'permitted'],
]);
/** Answered only after {@link Ground.release}. */
export const ASKED = 35_693_803_000_004;

/** A checker and counters for a session under test. */
export type Ground = {
  readonly checker: Checker;
  readonly count: Count;
  readonly questions: Question[];
  readonly askers: Asker[];
  /** How often each name and label was counted, as `name label`. */
  readonly counted: Map<string, number>;
  /** Lets the centre answer. */
  readonly release: () => void;
};

export function ground(): Ground {
  const [questions, askers, waiting]: [Question[], Asker[], (() => void)[]] = [[], [], []];
  const counted = new Map<string, number>();
  const decide = ({ imei }: Question): Answer => answer(KNOWN.get(imei) ?? 'unknown');
  return {
    questions,
    askers,
    counted,
    checker: {
      check: (question, asker) => {
        questions.push(question);
        askers.push(asker);
        return question.imei === ASKED ? undefined : decide(question);
      },
      ask: (question) =>
        new Promise((resolve) => {
          waiting.push(() => resolve(decide(question)));
        }),
    },
    count: (name, label = '') => {
      const labels: Readonly<Record<string, readonly string[]>> = MAP_COUNTS;
      assert.ok(labels[name]?.includes(label), `${name} ${label} is of the fixed list`);
      counted.set(`${name} ${label}`, (counted.get(`${name} ${label}`) ?? 0) + 1);
    },
    release: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

/** The far end of a session: what it sent, and why it ended. */
export type Far = { readonly wire: Wire; readonly sent: Buffer[]; readonly causes: LinkCause[]; take(): Buffer };

export function far(): Far {
  const sent: Buffer[] = [];
  const causes: LinkCause[] = [];
  return {
    sent,
    causes,
    wire: {
      write: (bytes) => {
        sent.push(bytes);
      },
      end: (cause) => {
        causes.push(cause);
      },
    },
    take: () => Buffer.concat(sent.splice(0)),
  };
}

const LINK = { kind: 'ipa', name: 'stp', host: '', port: 0, unitName: 'eir' } as const;

/** A session over IPA; `tell` sends SCCP messages and answers with those that came back. */
export function session(more: Partial<MapService> = {}, on: Ground = ground()) {
  const end = far();
  const { checker, count } = on;
  const made = ipaSession(LINK, { checker, count, ...more }, end.wire);
  made.start();
  const answers = (): Buffer[] =>
    [...ipaFrames(end.take())].filter(({ stream }) => stream === 0xfd).map((one) => one.payload);
  const tell = (...messages: readonly Buffer[]): Buffer[] => {
    made.receive(Buffer.concat(messages.map((message) => ipa('fd', message))));
    return answers();
  };
  /** Sends a TCAP message and answers with the one that came back, in hexadecimal; '' for none. */
  const ask = (data: Buffer): string => {
    const [back] = tell(udt(data));
    return back === undefined ? '' : dataOf(back).toString('hex');
  };
  return { ...on, end, made, answers, tell, ask };
}

/** Extended unitdata: type, class, hops, pointers, parameters; an optional parameter where it is given. */
export function xudt(data: Buffer, second = '00', optional = ''): Buffer {
  const more = hex(optional);
  const pointers = Buffer.from([4, 6, 8, more.length === 0 ? 0 : 8 + data.length]);
  return Buffer.concat([
    hex('11', second, '0f'),
    pointers,
    hex('02 42 09 02 42 08'),
    Buffer.from([data.length]),
    data,
    more,
  ]);
}

/** Long unitdata: pointers and the length of the data have two octets, the lower one first. */
export function ludt(data: Buffer, second = '00'): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(data.length);
  return Buffer.concat([hex('13', second, '0f', '0700 0800 0900 0000', '02 42 09 02 42 08'), length, data]);
}

/** Waits until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !holds(); await pause(10)) assert.ok(Date.now() < deadline, 'in time');
}
