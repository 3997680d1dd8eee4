import { createHash } from 'node:crypto';
import QRCode from 'qrcode';
import type { Desk } from '../../access/desk.ts';
import { type Day, parseDay } from '../../calendar/day.ts';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import type { Tac } from '../../identifiers/tac.ts';
import { type PublicKeys, type Signer, verifySigned } from '../../vault/signing.ts';
import { refused, unknown } from '../refusal.ts';

/** What a certificate says, offline. */
export type Certificate = {
  readonly number: string;
  readonly body: string;
  readonly brand: string;
  readonly models: readonly string[];
  readonly scope: string;
  /** The TACs; undefined where there are too many for a picture: then see {@link covers}. */
  readonly tacs: readonly Tac[] | undefined;
  /** SHA-256 of all TACs, in order and without separators, base64url: tells whether a printed list is the one certified. */
  readonly tacsHash: string;
  readonly validFrom: Day;
  readonly validTo: Day;
  /** Whose certificate was recognised, if it was. */
  readonly origin: string | undefined;
};

/** The claims of the signed text, short because they are to fit a picture. */
type Claims = {
  readonly n: string;
  readonly b: string;
  readonly br: string;
  readonly m: readonly string[];
  readonly s: string;
  readonly t?: readonly Tac[];
  readonly th: string;
  readonly f: Day;
  readonly u: Day;
  readonly o?: string;
};

/** The type of the signed text. */
const TYPE = 'type-approval';

/** TACs that stand in the picture themselves. Ours: more make it too fine to be read from paper. */
const TACS_SHOWN = 24;

type Row = {
  readonly number: string | null;
  readonly body: string;
  readonly brand: string;
  readonly models: readonly string[];
  readonly scope: string;
  readonly validFrom: Day;
  readonly validTo: Day;
  readonly origin: string | null;
  readonly state: string;
  readonly tacs: readonly Tac[];
};

/**
 * The certificate of a granted approval as a signed text, which anybody can verify without asking: until the day on which
 * it ends. That it was suspended or revoked since then, only the register tells. @throws Refused REGISTRATION_UNKNOWN, STATE_MOVE
 */
export async function signCertificate(
  desk: Pick<Desk, 'query' | 'now'>,
  signer: Signer,
  number: string,
): Promise<string> {
  const [row] = await desk.query<Row>(
    `SELECT number, body, brand, models, scope, valid_from::text AS "validFrom", valid_to::text AS "validTo", origin, state,
       ARRAY(SELECT t.tac FROM type_approval_tac t WHERE t.approval = a.id ORDER BY t.tac) AS tacs
     FROM type_approval a WHERE number = $1`,
    [number],
  );
  if (row === undefined) throw unknown('certificate');
  if (row.state !== 'granted')
    throw refused('STATE_MOVE', `The certificate ${number} is «${row.state}».`, 'Only one that counts is given out.');
  const { body, brand, models, scope, validFrom, validTo, origin, tacs } = row;
  const claims: Claims = {
    n: number,
    b: body,
    br: brand,
    m: models,
    s: scope,
    ...(tacs.length > TACS_SHOWN ? {} : { t: tacs }),
    th: hashOf(tacs),
    f: validFrom,
    u: validTo,
    ...(origin === null ? {} : { o: origin }),
  };
  return signer.sign(TYPE, claims, { at: desk.now });
}

const hashOf = (tacs: readonly Tac[]): string => createHash('sha256').update(tacs.join('')).digest('base64url');

/** The signed text as a picture (SVG) to be printed on the certificate. */
export const certificateQr = (token: string): Promise<string> =>
  QRCode.toString(token, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });

/** The signed text as a picture of characters, for a terminal. */
export const certificateQrText = (token: string): Promise<string> =>
  QRCode.toString(token, { type: 'utf8', errorCorrectionLevel: 'M', margin: 4 });

/**
 * What a certificate says, if one of the register’s keys signed it and it counts on the day; nothing but the keys is
 * asked. Faults: SIGNED_FORM, SIGNED_KEY, SIGNED_EXPIRED where the day is not within its span.
 */
export async function verifyCertificate(
  token: string,
  keys: PublicKeys,
  { on, now }: { readonly on: Day; readonly now: Date },
): Promise<Result<Certificate, Fault>> {
  const read = await verifySigned(token, keys, TYPE, now);
  if (!read.ok) return read;
  const { n, b, br, m, s, t, th, f, u, o } = read.value as Partial<Claims>;
  const [from, to] = [parseDay(f ?? ''), parseDay(u ?? '')];
  if (n === undefined || b === undefined || br === undefined || th === undefined || !from.ok || !to.ok)
    return fail(NO_CERTIFICATE);
  if (on < from.value || on > to.value) return fail(spanFault(n, from.value, to.value));
  const [validFrom, validTo] = [from.value, to.value];
  return ok({
    number: n,
    body: b,
    brand: br,
    models: m ?? [],
    scope: s ?? '',
    tacs: t,
    tacsHash: th,
    validFrom,
    validTo,
    origin: o,
  });
}

/** Whether a certificate is about a TAC; where it shows none, a list of all its TACs has to be given, and be that list. */
export function covers({ tacs, tacsHash }: Certificate, tac: Tac, list: readonly Tac[] = []): boolean {
  if (tacs !== undefined) return tacs.includes(tac);
  return list.includes(tac) && hashOf([...list].sort()) === tacsHash;
}

const NO_CERTIFICATE: Fault = {
  code: 'SIGNED_FORM',
  message: 'The signed text is no certificate.',
  remedy: 'Do not believe it; ask the register itself.',
};

const spanFault = (number: string, from: Day, to: Day): Fault => ({
  code: 'SIGNED_EXPIRED',
  message: `The certificate ${number} counts from ${from} to ${to}.`,
  remedy: 'Ask its holder for a newer one.',
});
