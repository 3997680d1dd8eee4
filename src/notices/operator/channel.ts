import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import { writeWhole } from '../../files/whole.ts';
import type { Channel, Outgoing, Sending } from '../channel.ts';
import { collectReceipts } from './receipts.ts';

/** How notices go to operators that tell their subscribers themselves. */
export type OperatorOptions = {
  /** A folder for each operator, by its id: `notices/` for us to write, `receipts/` for the operator. */
  readonly folders: ReadonlyMap<string, string>;
  readonly perSecond: number;
  /** The clock, for the names of files; the machine's unless told. */
  readonly clock?: (() => Date) | undefined;
};

/** Columns of a file of notices. `notice` is the same when one has to be given again. */
const COLUMNS = ['notice', 'msisdn', 'imsi', 'language', 'template', 'until', 'text'] as const;

/** After trouble with a folder operators are left alone for so long, in milliseconds. */
const AWAY_MS = 30_000;

/** A field as RFC 4180 has it: quoted, quotes doubled. Texts have no line ends. */
const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

function row({ id, to, language, template, text, until }: Outgoing): string {
  if (to.channel !== 'operator') throw new Error(`a notice for ${to.channel} came to the channel for operators`);
  const fields = [id, to.msisdn ?? '', to.imsi ?? '', language, template, until?.toISOString() ?? '', text];
  return `${fields.map(quoted).join(',')}\n`;
}

/**
 * Opens a channel to operators: a file of notices appears whole in the operator's folder; receipts are files that the
 * operator puts there.
 */
export function operatorChannel({ folders, perSecond, clock = () => new Date() }: OperatorOptions): Channel {
  let written = 0;
  let away = 0;
  const write = async (operator: string, notices: readonly Outgoing[]): Promise<Sending> => {
    const folder = folders.get(operator);
    if (folder === undefined) return { kind: 'later', because: 'no folder', spares: false };
    written += 1;
    const stamp = clock().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
    const name = `notices_${stamp}_${process.pid}_${written}.csv`;
    const target = path.join(folder, 'notices');
    try {
      await mkdir(target, { recursive: true });
      await writeWhole(path.join(target, name), async (sink) => {
        await sink.write(`${COLUMNS.join(',')}\n`);
        for (const notice of notices) await sink.write(row(notice));
      });
    } catch (error) {
      const because = error instanceof Refused ? error.faults[0]?.code : errorCode(error);
      if (because === undefined) throw error;
      away = clock().getTime() + AWAY_MS; // a full disk, or a folder that is not ours to write: the channel's trouble
      return { kind: 'later', because, spares: true };
    }
    return { kind: 'accepted', messages: [] };
  };
  return {
    name: 'operator',
    gateway: 'operator',
    receipts: true,
    perSecond,
    ready: () => clock().getTime() >= away,
    send: async (batch) => {
      const answers = new Map<string, Sending>();
      for (const [operator, notices] of byOperator(batch)) {
        const answer = await write(operator, notices);
        for (const { id } of notices)
          answers.set(id, answer.kind === 'accepted' ? { ...answer, messages: [messageOf(operator, id)] } : answer);
      }
      return batch.flatMap(({ id }) => answers.get(id) ?? []);
    },
    collect: async (take) => {
      for (const [operator, folder] of folders)
        await collectReceipts({ folder, clock }, ({ notice, ...receipt }) =>
          take({ ...receipt, gateway: 'operator', message: messageOf(operator, notice) }),
        );
    },
    close: async () => undefined,
  };
}

/** An operator's receipt speaks of what was given to that operator alone. */
const messageOf = (operator: string, notice: string): string => `${operator} ${notice}`;

function byOperator(batch: readonly Outgoing[]): ReadonlyMap<string, readonly Outgoing[]> {
  const found = new Map<string, Outgoing[]>();
  for (const notice of batch) {
    const operator = notice.to.channel === 'operator' ? notice.to.operator : '';
    found.set(operator, [...(found.get(operator) ?? []), notice]);
  }
  return found;
}
