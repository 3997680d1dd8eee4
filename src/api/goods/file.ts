import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { organisationOf as organisationById } from '../../access/accounts/find.ts';
import type { Role } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { Refused } from '../../faults/fault.ts';
import { organisationOf } from '../../registration/account.ts';
import { refused } from '../../registration/refusal.ts';
import { consignmentOf } from '../../registration/trade/consignment.ts';
import { CONSIGNMENT } from '../../registration/trade/trade_machines.ts';
import { type Uploaded, uploadIdentifiers } from '../../registration/trade/upload.ts';
import { advance } from '../../states/machine.ts';
import type { Ask } from '../../stores/registry.ts';
import type { Json, JsonObject } from '../../stores/run.ts';
import type { House } from '../house.ts';
import { type Job, submitJob, unfinished } from '../jobs/job.ts';
import type { Handler, Taken } from '../jobs/worker.ts';
import { knowledgeIn } from '../knowledge.ts';
import { deskOf } from '../perform.ts';

/** The kind of jobs that check the identifiers of a consignment and take them in. */
export const CONSIGNMENT_FILE = 'consignment_file';

/** Bytes that a file may have as it is sent; a larger one comes packed. A million devices with two IMEIs are 45 million. */
export const MOST_BYTES = 48 << 20;

/** Bytes of the file of errors that are kept. What is beyond is counted, and told once the rest is corrected. */
const MOST_ERRORS = 16 << 20;

/** Who handed a file in, and for what, as the job keeps it. */
type Input = {
  readonly consignment: string;
  readonly account: string;
  readonly roles: readonly Role[];
  readonly organisation: string;
};

/**
 * Enters a file of identifiers to be checked. Until that is done it stands in the registry sealed: lists of importers are
 * a secret. @throws Refused REGISTRATION_UNKNOWN, STATE_…, FILE_EMPTY, JOB_MANY
 */
export async function submitFile(
  desk: Desk,
  { consignment, file }: { readonly consignment: string; readonly file: Buffer },
): Promise<Job> {
  const { id, state } = await consignmentOf(desk, consignment);
  const step = advance(CONSIGNMENT, state, { event: 'accept', roles: desk.actor.roles });
  if (!step.ok) throw new Refused([step.fault]);
  if (file.length === 0) throw refused('FILE_EMPTY', 'The file is empty.', 'Send a header, and a row for each device.');
  const { actor, vault } = desk;
  const input = { consignment: id, account: actor.id, roles: actor.roles, organisation: organisationOf(desk).id };
  // Bytes as characters of Latin-1: of texts in ASCII, as these are, the seal is no longer than they are.
  return submitJob(desk, { kind: CONSIGNMENT_FILE, input, total: 1, parts: [vault.seal('proof', asText(file))] });
}

const asText = (bytes: Buffer): string => bytes.toString('latin1');

/** The file of errors of a job that is done, as it was kept; nothing where its key was destroyed. */
export const openErrors = ({ vault }: Pick<Desk, 'vault'>, sealed: Buffer): Buffer =>
  Buffer.from(vault.open('proof', sealed) ?? '');

/** Takes the file of errors into memory, up to a limit. */
class Errors {
  readonly #pieces: string[] = [];
  #bytes = 0;
  /** Something did not fit. */
  cut = false;

  async write(chunk: Buffer | string): Promise<void> {
    const text = String(chunk);
    this.cut ||= this.#bytes + text.length > MOST_ERRORS;
    if (this.cut) return;
    this.#bytes += text.length;
    this.#pieces.push(text);
  }

  get text(): string {
    return this.#pieces.join('');
  }
}

/** Checks the files of consignments; the result of the job is the file of errors, its outcome the counts. */
export function consignmentFile(house: House): Handler {
  const { registry, vault } = house;
  return {
    part: async (job, input) => {
      const text = vault.open('proof', input);
      if (text === undefined) throw refused('FILE_MISSING', 'The file cannot be opened any more.', 'Send it again.');
      const knowledge = knowledgeIn(house);
      const outcome = await asFile(Buffer.from(text, 'latin1'), (file) =>
        registry.transaction(async (query) => {
          const desk = await deskFor(house, query, job);
          const errors = new Errors();
          const { consignment } = inputOf(job);
          const uploaded = await uploadIdentifiers(desk, { consignment, file, errors, knowledge });
          const told = { ...uploaded, errorsCut: errors.cut };
          return keep(query, job, { told, errors: vault.seal('proof', errors.text) });
        }),
      );
      return { outcome, units: 0 };
    },
    finish: async ({ id }) => {
      const [row] = await registry.query<{ told: JsonObject }>(`SELECT input->'told' AS told FROM job WHERE id = $1`, [
        id,
      ]);
      return row?.told ?? {};
    },
  };
}

const inputOf = ({ input }: Taken): Input => input as JsonObject & Input;

/** The desk of whoever handed the file in, with the brands that the organisation acts for now. @throws Refused ACCESS_ORGANISATION */
async function deskFor(house: House, query: Ask, job: Taken): Promise<Desk> {
  const { account, roles, organisation: id } = inputOf(job);
  const { organisation, disabled } = await organisationById({ query }, id);
  if (disabled) throw refused('ACCESS_ORGANISATION', `${organisation.name} is shut out.`, 'Ask the regulator.');
  return deskOf(house, query, { actor: { id: account, roles, organisation }, account, by: 'bearer' });
}

/** The service reads files: one of its own, which nobody else can read, for as long as that takes. */
async function asFile<T>(bytes: Buffer, act: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ceir-goods-'));
  try {
    const file = path.join(folder, 'identifiers');
    await writeFile(file, bytes, { mode: 0o600 });
    return await act(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Outcome = { readonly told: Uploaded & { readonly errorsCut: boolean }; readonly errors: Buffer };

/**
 * Keeps what came of a file in the transaction that took it in, so that no crash parts the two; another worker, which
 * took this one for dead, may have been first. @throws Refused JOB_UNFINISHED where the job was cancelled meanwhile
 */
async function keep(query: Ask, { id }: Taken, { told, errors }: Outcome): Promise<Buffer> {
  const kept = await query(
    'UPDATE job_part SET outcome = $2, input = NULL WHERE job = $1 AND outcome IS NULL RETURNING job',
    [id, errors],
  );
  if (kept.length > 0) {
    const input = { told: told as unknown as Json };
    await query('UPDATE job SET input = input || $2::jsonb, done = total WHERE id = $1', [id, JSON.stringify(input)]);
    return errors;
  }
  const [before] = await query<{ outcome: Buffer }>('SELECT outcome FROM job_part WHERE job = $1', [id]);
  if (before === undefined) throw new Refused([unfinished('cancelled')]);
  return before.outcome;
}
