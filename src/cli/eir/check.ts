import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { askWhole, Unreachable } from '../../eir/follow/client.ts';
import type { Answered } from '../../eir/node/explain.ts';
import { Misused, Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import { writeIdentifierFault } from '../../identifiers/fault.ts';
import { readMessage } from '../../identifiers/message.ts';
import type { Call } from '../command.ts';
import { answer } from '../context.ts';
import type { Act } from './act.ts';

const NODE = 'http://127.0.0.1:9464';

const refused = (message: string): Refused =>
  new Refused([
    {
      code: 'NODE_ASK',
      message,
      remedy: 'Look whether the node runs, and at the address under admin in its file; --token-file where it has one.',
    },
  ]);

/** Digits that are not to stand in the list of processes: `-` reads them from standard input. */
async function digitsOf(call: Call, name: string): Promise<string | undefined> {
  const given = call.text(name);
  const text = given === '-' ? (await textOf(process.stdin)).trim() : given;
  if (text === undefined || /^\d{5,15}$/.test(text)) return text;
  throw new Misused(`--${name} must be 5 to 15 digits`);
}

async function tokenOf(call: Call): Promise<string> {
  const file = call.text('token-file');
  if (file === undefined) return 'none';
  return readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: unknown) => {
      throw refused(`The token file cannot be read (${errorCode(error) ?? 'unknown'}).`);
    },
  );
}

async function ask(call: Call, body: string): Promise<Answered> {
  const url = call.text('node') ?? NODE;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new Misused('--node must be a URL');
  const token = await tokenOf(call);
  try {
    const headers = { 'content-type': 'application/json' };
    const told = await askWhole({ url, token }, { method: 'POST', path: '/check', headers, body });
    if (told.status === 200) return JSON.parse(told.body) as Answered;
    throw refused(`The node at ${url} turns us away (HTTP ${told.status}).`);
  } catch (error) {
    if (error instanceof Unreachable) throw refused(`The node at ${url} does not answer (${error.code}).`);
    throw error;
  }
}

function textFor(answered: Answered, explain: boolean): string {
  const { status, reason, exception, explanation } = answered;
  const why = [reason, exception].filter((one) => one !== '').join('; ');
  return [`${status}${why === '' ? '' : ` (${why})`}`, ...(explain ? explanation.map((line) => `  ${line}`) : [])].join(
    '\n',
  );
}

/** The digits of the one IMEI in the words: as it is printed, pasted or typed, in any script; networks send no check digit. */
function imeiOf(words: readonly string[]): string {
  const usage = 'ceir eir check IMEI: name one IMEI of 14, 15 or 16 digits';
  const [read, ...more] = readMessage(words.join(' '));
  if (read === undefined || more.length > 0) throw new Misused(usage);
  if (read.ok) return read.value.imei + (read.value.svn ?? '');
  if (read.fault.kind === 'check') return read.fault.imei;
  throw new Misused(`${usage}. ${writeIdentifierFault(read.fault)}`);
}

export const check: Act = {
  name: 'check',
  usage: 'IMEI',
  about: 'asks a running node about one equipment, as a network would',
  options: {
    imsi: { type: 'string', value: 'N', about: 'the subscriber; - reads it from standard input' },
    msisdn: { type: 'string', value: 'N', about: 'the subscriber’s number; - reads it from standard input' },
    explain: { type: 'boolean', about: 'say why' },
    node: { type: 'string', value: 'URL', about: `the node's admin address (default: ${NODE})` },
    'token-file': { type: 'string', value: 'FILE', about: 'the token for the address' },
  },
  examples: [
    ['ceir eir check 49015420323751 --explain', 'what this equipment is told, and why'],
    ['ceir eir check 49-015420-323751-8', 'as it is printed'],
    ['ceir eir check 490154203237518 --imsi - --json < imsi.txt', 'with the subscriber who asks'],
  ],
  run: async (call) => {
    const imei = imeiOf(call.args);
    if (call.text('imsi') === '-' && call.text('msisdn') === '-') throw new Misused('only one of them can be -');
    const [imsi, msisdn] = [await digitsOf(call, 'imsi'), await digitsOf(call, 'msisdn')];
    const asked = { imei, ...(imsi === undefined ? {} : { imsi }), ...(msisdn === undefined ? {} : { msisdn }) };
    const answered = await ask(call, JSON.stringify(asked));
    const { explanation, ...bare } = answered;
    answer(call, call.flag('explain') ? answered : bare, () => textFor(answered, call.flag('explain')));
    return 0;
  },
};
