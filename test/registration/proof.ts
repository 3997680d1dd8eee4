import { beginCode, proveCode } from '../../src/access/sign_in/code.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { type Office, SYSTEM } from './office.ts';

/** That somebody proved a number by a one-time code, for a purpose. */
export async function proofOf(
  office: Office,
  number: Msisdn,
  { purpose, now }: { readonly purpose: string; readonly now?: Date },
): Promise<string> {
  let code = '';
  const contact = { channel: 'sms', address: `+${number}`, purpose } as const;
  const at = now === undefined ? {} : { now };
  await office.act(
    SYSTEM,
    (desk) =>
      beginCode(desk, { ...contact, source: '192.0.2.1' }, async (sent) => {
        code = sent.code;
      }),
    at,
  );
  const proved = await office.act(SYSTEM, (desk) => proveCode(desk, { ...contact, code }), at);
  if (!proved.ok) throw new Error(proved.fault.message);
  return proved.value.proof;
}
