import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Actor } from '../../src/access/actor.ts';
import type { Knowledge } from '../../src/registration/knowledge.ts';
import {
  approveConsignment,
  declareConsignment,
  releaseConsignment,
} from '../../src/registration/trade/consignment.ts';
import { type Uploaded, uploadIdentifiers } from '../../src/registration/trade/upload.ts';
import { ANALYST, CUSTOMS, day, knowing, type Office, printed, TACS } from './office.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-consignment-'));
let files = 0;

/** A file of identifiers. */
export const fileOf = (text: string): string => {
  files += 1;
  const file = path.join(folder, `${process.pid}-${files}.csv`);
  writeFileSync(file, text);
  return file;
};

let numbers = 0;

/** A consignment that an importer declared. */
export async function declared(office: Office, actor: Actor, quantity = 10): Promise<string> {
  numbers += 1;
  const { id } = await office.act(actor, (desk) =>
    declareConsignment(desk, {
      number: `C-${numbers}`,
      supplier: 'Acme Trading',
      origin: 'CH',
      arrival: day('2026-11-20'),
      port: 'Freeport',
      goods: 'Telephones',
      quantity,
      value: { amount: 100_000, currency: 'CHF' },
      contact: { to: { channel: 'email', address: 'goods@importer.example' } },
    }),
  );
  return id;
}

/** A file to be handed in. */
export type Given = { readonly consignment: string; readonly text: string; readonly knowledge?: Knowledge };

/** Hands a file in; `errors` is the file of errors. */
export async function upload(
  office: Office,
  actor: Actor,
  { consignment, text, knowledge = knowing() }: Given,
): Promise<Uploaded & { readonly errors: string }> {
  const errors: string[] = [];
  const result = await office.act(actor, (desk) =>
    uploadIdentifiers(desk, {
      consignment,
      file: fileOf(text),
      knowledge,
      errors: { write: async (chunk) => void errors.push(String(chunk)) },
    }),
  );
  return { ...result, errors: errors.join('') };
}

/** The rows of a file of errors: line, column, value, code. */
export const rowsOf = (errors: string): readonly string[] =>
  errors
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(0, 4).join(' '));

/** A file of devices of the model with two slots: serial numbers 2n and 2n + 1 each. */
export const duals = (from: number, count: number): string =>
  [
    'imei1,imei2,serial',
    ...Array.from({ length: count }, (_, at) => {
      const serial = (from + at) * 2;
      return `${printed(TACS.dual, serial)},${printed(TACS.dual, serial + 1)},SN${serial}`;
    }),
  ].join('\n');

/** A consignment whose identifiers were accepted. */
export async function accepted(office: Office, actor: Actor, text: string, quantity = 10): Promise<string> {
  const consignment = await declared(office, actor, quantity);
  const { verdict } = await upload(office, actor, { consignment, text });
  if (verdict !== 'accepted') throw new Error(`the file was ${verdict}`);
  return consignment;
}

/** A consignment that the regulator approved and customs released. */
export async function released(office: Office, actor: Actor, text: string, quantity = 10): Promise<string> {
  const consignment = await accepted(office, actor, text, quantity);
  await office.act(ANALYST, (desk) => approveConsignment(desk, consignment));
  await office.act(CUSTOMS, (desk) => releaseConsignment(desk, { id: consignment }));
  return consignment;
}
