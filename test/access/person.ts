import { TOTP } from 'otpauth';
import type { Actor } from '../../src/access/actor.ts';
import { completeInvitation, invite, takeInvitation } from '../../src/access/sign_in/invitation.ts';
import { type Shown, signInByPassword } from '../../src/access/sign_in/local.ts';
import { NOW, type Office } from './desk.ts';

/** The code that an app shows at a time. */
export const shownCode = (secret: string, at: Date): string =>
  new TOTP({ secret }).generate({ timestamp: at.getTime() });

export const PASSWORD = 'four unlikely garden chairs';

/** Means to sign in, as somebody chose them who was invited. */
export type Means = { readonly secret: string; readonly recovery: readonly string[] };

/** Lets somebody who was made choose the means to sign in, five minutes ago. */
export async function invited(office: Office, { id }: Actor): Promise<Means> {
  const now = new Date(NOW.getTime() - 300_000);
  const { token } = await office((desk) => invite(desk, { account: id }), { now });
  const { secret } = await office((desk) => takeInvitation(desk, { token, password: PASSWORD }), { now });
  const recovery = await office((desk) => completeInvitation(desk, { token, code: shownCode(secret, now) }), { now });
  return { secret, recovery };
}

/** Tries to sign in. */
export const tries = (office: Office, shown: Partial<Shown>, now = NOW): ReturnType<typeof signInByPassword> =>
  office((desk) => signInByPassword(desk, { login: '', password: PASSWORD, code: '', source: '192.0.2.1', ...shown }), {
    actor: { id: 'nobody', roles: [] },
    now,
  });
