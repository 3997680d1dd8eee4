import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tls } from '../api/server.ts';
import type { CentreOptions } from '../eir/centre/centre.ts';
import { parseNodes } from '../eir/centre/nodes.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import type { Place, ServeConfig } from './config.ts';

/** What the files hold that a serve file names; names that are not absolute are taken from its folder. */
export type ServeFiles = {
  readonly tls?: Tls | undefined;
  readonly centre?: Pick<CentreOptions, 'host' | 'port' | 'tls' | 'nodes'> | undefined;
  readonly smsPassword?: string | undefined;
  readonly emailPassword?: string | undefined;
  readonly webhookKey?: string | undefined;
  readonly oidcSecret?: string | undefined;
};

type Reading = { readonly file: string; readonly faults: Fault[] };

async function one({ file, faults }: Reading, field: string, named: string | undefined): Promise<string | undefined> {
  if (named === undefined) return undefined;
  try {
    return await readFile(path.resolve(path.dirname(file), named), 'utf8');
  } catch (error) {
    const message = `${named} cannot be read (${errorCode(error) ?? 'unknown'})`;
    const remedy = 'Put the file there, or name another one; the register must be allowed to read it.';
    faults.push({ code: 'SERVE_FILE', file, field, message, remedy });
    return undefined;
  }
}

/** A secret is a file's one line. */
const secret = async (reading: Reading, field: string, named: string | undefined): Promise<string | undefined> =>
  (await one(reading, field, named))?.trim();

async function tlsOf(reading: Reading, field: string, tls: Place['tls']): Promise<Tls | undefined> {
  if (tls === undefined) return undefined;
  const [key, cert, ca] = await Promise.all([
    one(reading, `${field}.key`, tls.key),
    one(reading, `${field}.cert`, tls.cert),
    one(reading, `${field}.ca`, tls.ca),
  ]);
  return key === undefined || cert === undefined ? undefined : { key, cert, ...(ca === undefined ? {} : { ca }) };
}

async function centreOf(reading: Reading, { listen, nodes }: ServeConfig['feed']): Promise<ServeFiles['centre']> {
  const [source, tls] = await Promise.all([
    one(reading, 'feed.nodes', nodes),
    tlsOf(reading, 'feed.listen.tls', listen?.tls),
  ]);
  if (listen === undefined || source === undefined) return undefined;
  const parsed = parseNodes(source, nodes ?? '');
  if (!parsed.ok) {
    reading.faults.push(...parsed.fault);
    return undefined;
  }
  const { key, cert, ca } = tls ?? {};
  const shown =
    key === undefined || cert === undefined ? {} : { tls: { key, cert, ...(ca === undefined ? {} : { ca }) } };
  return { host: listen.host, port: listen.port, nodes: parsed.value, ...shown };
}

/** Reads what a serve file names. @throws Refused SERVE_FILE, with every one that cannot be read */
export async function readServeFiles(config: ServeConfig, file: string): Promise<ServeFiles> {
  const reading: Reading = { file, faults: [] };
  const files: ServeFiles = {
    tls: await tlsOf(reading, 'listen.tls', config.listen.tls),
    centre: await centreOf(reading, config.feed),
    smsPassword: await secret(reading, 'sms.password_file', config.sms?.passwordFile),
    emailPassword: await secret(reading, 'email.password_file', config.email?.passwordFile),
    webhookKey: await secret(reading, 'webhook.key_file', config.webhook?.keyFile),
    oidcSecret: await secret(reading, 'oidc_secret_file', config.oidcSecretFile),
  };
  if (reading.faults.length > 0) throw new Refused(reading.faults);
  return files;
}
