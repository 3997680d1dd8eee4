import QRCode from 'qrcode';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Result } from '../../faults/result.ts';
import { fail, ok } from '../../faults/result.ts';
import { type PublicKeys, type Signer, verifySigned } from '../../vault/signing.ts';
import { type Told, together, type Verdict } from './verdict.ts';

/** The type under which certificates are signed. */
const TYPE = 'clean';

/** Seconds for which a certificate is good: long enough for a sale, short enough that little can happen meanwhile (ours). */
const VALID_SECONDS = 24 * 3600;

/** What a certificate says: that nothing was against a device at a time. */
export type Clean = {
  readonly imeis: readonly string[];
  readonly make: string;
  readonly model: string;
  readonly at: Date;
  readonly until: Date;
};

/** A certificate, and where it can be verified. */
export type Certificate = Clean & { readonly token: string; readonly verify: string };

const notClear = (verdict: Verdict): Refused =>
  new Refused([
    {
      code: 'CERTIFICATE_NOT_CLEAR',
      message: `The device stands at ${verdict}; only what is CLEAR is certified.`,
      remedy: 'See /v1/check for what is against it.',
    },
  ]);

/** Signs that a device is clean. @throws Refused CERTIFICATE_NOT_CLEAR */
export async function certify(
  told: readonly Told[],
  { signer, publicUrl, at }: { readonly signer: Signer; readonly publicUrl: string; readonly at: Date },
): Promise<Certificate> {
  const [verdict] = together(told);
  if (verdict !== 'CLEAR') throw notClear(verdict);
  const imeis = told.flatMap(({ imei }) => (imei === null ? [] : [imei]));
  const { make, model } = { make: told[0]?.make ?? '', model: told[0]?.model ?? '' };
  const token = await signer.sign(TYPE, { imeis, make, model }, { seconds: VALID_SECONDS, at });
  // Behind # a browser keeps it to itself: it comes into no log on the way.
  const verify = `${publicUrl}/certificate#${token}`;
  return { imeis, make, model, at, until: new Date(at.getTime() + VALID_SECONDS * 1000), token, verify };
}

/** What a certificate says that is ours and still good. Faults: SIGNED_FORM, SIGNED_KEY, SIGNED_EXPIRED. */
export async function readCertificate(token: string, keys: PublicKeys, now: Date): Promise<Result<Clean, Fault>> {
  const read = await verifySigned(token, keys, TYPE, now);
  if (!read.ok) return fail(read.fault);
  const { imeis, make, model, iat = 0, exp = 0 } = read.value;
  const all = Array.isArray(imeis) ? imeis.map(String) : [];
  return ok({
    imeis: all,
    make: String(make),
    model: String(model),
    at: new Date(iat * 1000),
    until: new Date(exp * 1000),
  });
}

/** How a QR code is drawn: as a picture, or in half blocks for a terminal. */
export const QR_FORMS = ['svg', 'text'] as const;

/** A text as a QR code (ISO/IEC 18004), at its lowest grade of correction, since certificates are long. */
export const drawQr = (text: string, form: (typeof QR_FORMS)[number]): Promise<string> =>
  QRCode.toString(text, { type: form === 'svg' ? 'svg' : 'utf8', errorCorrectionLevel: 'L' });
