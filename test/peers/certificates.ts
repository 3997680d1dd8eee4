import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A key and its certificate, as PEM and as files for programs that read files. */
export type Certificate = {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly keyFile: string;
  readonly certFile: string;
};

/** A certificate authority for one test. */
export type Authority = Certificate & {
  /** A certificate for a name, which is its subject and a DNS name beside localhost and 127.0.0.1. */
  readonly issue: (name: string, options?: { readonly days?: number }) => Certificate;
};

const PROGRAM = 'openssl';

/** Whether openssl(1) is there; the reason to skip otherwise. */
export function withoutOpenssl(): string | false {
  try {
    execFileSync(PROGRAM, ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'openssl is not installed';
  }
}

const openssl = (folder: string, ...words: readonly string[]): void => {
  execFileSync(PROGRAM, [...words], { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
};

const taken = (folder: string, name: string): Certificate => {
  const [keyFile, certFile] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.pem`)];
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), keyFile, certFile };
};

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * Makes an authority in a folder, whose files are named after it. Certificates hold for a day unless told otherwise;
 * with `days` below 0 they have run out.
 */
export function makeAuthority(folder: string, name: string): Authority {
  openssl(
    folder,
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-days',
    '1',
    '-subj',
    `/CN=${name}`,
  );
  let serial = 1;
  const issue: Authority['issue'] = (subject, { days = 1 } = {}) => {
    serial += 1;
    const file = `${name}-${serial}-${subject}`;
    writeFileSync(
      path.join(folder, `${file}.ext`),
      `basicConstraints=CA:FALSE\nsubjectAltName=DNS:${subject},DNS:localhost,IP:127.0.0.1\n`,
    );
    openssl(folder, 'req', ...KEY, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${subject}`);
    const signing = ['-CA', `${name}.pem`, '-CAkey', `${name}.key`, '-set_serial', `${serial}`, '-days', `${days}`];
    openssl(folder, 'x509', '-req', '-in', `${file}.csr`, ...signing, '-extfile', `${file}.ext`, '-out', `${file}.pem`);
    return taken(folder, file);
  };
  return { ...taken(folder, name), issue };
}
