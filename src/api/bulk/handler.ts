import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Refused } from '../../faults/fault.ts';
import type { Signer } from '../../vault/signing.ts';
import type { Checking } from '../check/checking.ts';
import { type Told, VERDICTS, type Verdict } from '../check/verdict.ts';
import type { Handler } from '../jobs/worker.ts';
import { readPart } from './file.ts';

/** The kind of jobs that check many identifiers. */
export const BULK_CHECK = 'bulk_check';

/** The first line of a result. */
export const HEADER = 'line,imei,verdict,statuses,reasons,blocked_from,make,model,advice\r\n';

/** The type under which results are signed. */
export const RESULT_TYPE = 'bulk-check';

/** Lines between two turns of the event loop, so that whoever asks meanwhile does not wait. */
const AT_ONCE = 256;

/** A longer line is none that an identifier could stand on. */
const LONGEST = 100;

const isQuoted = /[",\r\n]/;
/** Names of makers are not ours: what spreadsheets would take for a formula gets a mark of text before it. */
const cell = (text: string): string => {
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return isQuoted.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

const lineOf = (line: number, told: Told): string =>
  `${line},${told.imei ?? ''},${told.verdict},${told.statuses.join('|')},${told.reasons.join('|')},${told.blockedFrom ?? ''},${cell(told.make ?? '')},${cell(told.model ?? '')},${told.advice}\r\n`;

/** Lines with anything on them, with their numbers; the first is left out where it is a heading without any digit. */
function* linesOf(text: string, first: number): Generator<readonly [number, string]> {
  for (const [at, line] of text.split('\n').entries()) {
    const body = line.trim();
    if (body === '' || (first + at === 1 && !/\p{Nd}/u.test(body))) continue;
    yield [first + at, body.slice(0, LONGEST)];
  }
}

const isVerdict = (text: string | undefined): text is Verdict => VERDICTS.some((one) => one === text);

/** How many lines came to which verdict. */
async function countsOf(
  outcomes: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown },
): Promise<Record<Verdict, number>> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for await (const bytes of outcomes) {
    hash.update(bytes);
    for (const line of bytes.toString('utf8').split('\r\n')) {
      const verdict = line.split(',', 3)[2];
      if (isVerdict(verdict)) counts[verdict] += 1;
    }
  }
  return counts;
}

/**
 * Checks many identifiers as the public check does each. The result is a CSV file; its digest is signed, so that whoever
 * gets it passed on can hold it against the register's keys.
 */
export function bulkCheck({
  checking,
  signer,
  clock,
}: {
  readonly checking: Checking;
  readonly signer: Signer;
  readonly clock: () => Date;
}): Handler {
  return {
    part: async (_job, input) => {
      const { first, text } = readPart(input);
      const lines = [...linesOf(text, first)];
      const rows: string[] = [];
      for (let at = 0; at < lines.length; at += AT_ONCE) {
        const some = lines.slice(at, at + AT_ONCE);
        const told = await checking.check(
          some.map(([, body]) => body),
          clock(),
        );
        if (told === undefined) throw new Refused([NO_LISTS]);
        for (const [place, one] of told.entries()) rows.push(lineOf(some[place]?.[0] ?? 0, one));
        await turn();
      }
      return { outcome: Buffer.from(rows.join('')), units: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) };
    },
    finish: async ({ id, total }, outcomes) => {
      const hash = createHash('sha256').update(HEADER);
      const counts = await countsOf(outcomes, hash);
      const sha256 = hash.digest('hex');
      const at = clock();
      const claims = { job: id, sha256, lines: total, counts };
      return { sha256, counts, checkedAt: at.toISOString(), signature: await signer.sign(RESULT_TYPE, claims, { at }) };
    },
  };
}

const NO_LISTS = {
  code: 'API_BUSY',
  message: 'The register has no lists yet that it could answer by.',
  remedy: 'Enter the job again in a minute.',
} as const;
