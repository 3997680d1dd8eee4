import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Fault, Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import { type SipKey, sipKey } from '../events/siphash.ts';
import { beside, type NodeConfig, type TlsFiles } from './config.ts';

/** What the files that a node file names hold. */
export type Material = {
  readonly files: ReadonlyMap<string, string>;
  /** The token of the node at the centre, and of those who ask the node about itself. */
  readonly centreToken?: string;
  readonly adminToken?: string;
};

/** The files that a node file names, by what names them. */
function* namedIn(config: NodeConfig): Generator<readonly [field: string, file: string]> {
  const { centre, admin, protocols } = config;
  const pems = (field: string, tls: Partial<TlsFiles> | undefined): (readonly [string, string])[] =>
    (['key', 'cert', 'ca'] as const).flatMap((one) =>
      tls?.[one] === undefined ? [] : [[`${field}.${one}`, tls[one]]],
    );
  if (centre !== undefined) {
    yield ['centre.token_file', centre.tokenFile];
    yield* pems('centre', centre);
  }
  if (config.goldenKey !== undefined) yield ['golden_key', config.goldenKey];
  if (admin?.tokenFile !== undefined) yield ['admin.token_file', admin.tokenFile];
  for (const [name, all] of Object.entries({ s13: protocols.s13, gsup: protocols.gsup, suppl76: protocols.suppl76 })) {
    for (const [at, one] of all.entries()) yield* pems(`protocols.${name}[${at}].tls`, one.tls);
  }
  for (const [at, one] of protocols.n5gEir.entries()) {
    yield* pems(`protocols.n5g_eir[${at}].tls`, one.tls);
    yield* pems(`protocols.n5g_eir[${at}].nrf`, one.nrf);
    if (one.oauth2 !== undefined) yield [`protocols.n5g_eir[${at}].oauth2.keys`, one.oauth2.keys];
  }
}

/** Whether JSON is a set of keys; a PEM file, which is looked at where it is used, is taken for one. */
function isKeySet(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return true;
  try {
    return Array.isArray((JSON.parse(text) as { readonly keys?: unknown }).keys);
  } catch {
    return false;
  }
}

/** Reads the files that a node file names. @throws Refused with every one that cannot be read */
export async function gatherMaterial(config: NodeConfig, nodeFile: string): Promise<Material> {
  const files = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [field, named] of namedIn(config)) {
    const content = await readFile(beside(nodeFile, named), 'utf8').catch((error: unknown) => {
      const message = `${named} cannot be read (${errorCode(error) ?? 'unknown'})`;
      const remedy = 'Put the file there, or name another one; the node must be allowed to read it.';
      faults.push({ code: 'NODE_FILE', file: nodeFile, field, message, remedy });
      return '';
    });
    files.set(named, content);
  }
  const tokenOf = (field: string, named: string | undefined): string | undefined => {
    if (named === undefined) return undefined;
    const token = (files.get(named) ?? '').trim();
    if (/^[!-~]{8,512}$/.test(token) || faults.some((fault) => fault.field === field)) return token;
    const message = `${named} holds no token`;
    const remedy = 'Write one line of 8 to 512 letters, digits and signs without spaces into it.';
    faults.push({ code: 'NODE_FILE', file: nodeFile, field, message, remedy });
    return undefined;
  };
  for (const [at, { oauth2 }] of config.protocols.n5gEir.entries()) {
    if (oauth2 === undefined || isKeySet(files.get(oauth2.keys) ?? '')) continue;
    const message = `${oauth2.keys} begins as JSON and is no set of keys`;
    const remedy = 'Let it hold the JWK set of the NRF, {"keys": [...]}, or its public key or certificate as PEM.';
    faults.push({ code: 'NODE_FILE', file: nodeFile, field: `protocols.n5g_eir[${at}].oauth2.keys`, message, remedy });
  }
  const centreToken = tokenOf('centre.token_file', config.centre?.tokenFile);
  const adminToken = tokenOf('admin.token_file', config.admin?.tokenFile);
  if (faults.length > 0) throw new Refused(faults);
  return {
    files,
    ...(centreToken === undefined ? {} : { centreToken }),
    ...(adminToken === undefined ? {} : { adminToken }),
  };
}

/** The PEM texts of a listener, or of who connects. */
export function tlsOf<T extends Partial<TlsFiles>>(
  { files }: Pick<Material, 'files'>,
  tls: T,
): { readonly [Key in 'key' | 'cert' | 'ca']?: string } {
  return Object.fromEntries(
    (['key', 'cert', 'ca'] as const).flatMap((one) => {
      const named = tls[one];
      return named === undefined ? [] : [[one, files.get(named) ?? '']];
    }),
  );
}

/** A value that a folder keeps in a file of its own, made when it is first needed, for the node's eyes only. */
async function keptIn(file: string, make: () => string): Promise<string> {
  const known = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (known !== undefined) return known.trim();
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const made = make();
  // Of two who make it at once one is refused, and takes what the other has made.
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return made;
}

/** The key under which IMSIs become pseudonyms. @throws Refused where its file holds none */
export async function pseudonymKey(config: NodeConfig, nodeFile: string, folder: string): Promise<SipKey> {
  const { pseudonymKey: named } = config;
  const file = named === undefined ? path.join(folder, 'pseudonym.key') : beside(nodeFile, named);
  const hex = await keptIn(file, () => randomBytes(16).toString('hex'));
  if (/^[0-9a-f]{32}$/i.test(hex)) return sipKey(Buffer.from(hex, 'hex'));
  const message = 'the file of the pseudonym key does not hold 32 hexadecimal digits';
  const remedy = 'Write them into it, or remove it: a new key is made. Pseudonyms of two keys cannot be joined.';
  throw new Refused([{ code: 'NODE_FILE', file, field: 'pseudonym_key', message, remedy }]);
}

/** The key of the golden list. @throws Refused where its file holds none */
export function goldenKey({ goldenKey: named }: NodeConfig, { files }: Pick<Material, 'files'>): Buffer | undefined {
  if (named === undefined) return undefined;
  const hex = (files.get(named) ?? '').trim();
  if (/^[0-9a-f]{32}$/i.test(hex)) return Buffer.from(hex, 'hex');
  const message = `${named} does not hold 32 hexadecimal digits`;
  const remedy = 'Take the file pseudonym.key of the data folder in which the golden list was imported.';
  throw new Refused([{ code: 'NODE_FILE', file: named, field: 'golden_key', message, remedy }]);
}

/** The NF instance id of this node, which stays the same over restarts. */
export const instanceId = (folder: string): Promise<string> => keptIn(path.join(folder, 'instance'), randomUUID);
