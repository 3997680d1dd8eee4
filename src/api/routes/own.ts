import { Type } from 'typebox';
import { completeInvitation, takeInvitation } from '../../access/sign_in/invitation.ts';
import {
  changeOwnPassword,
  confirmOwnTotp,
  replaceOwnRecoveryCodes,
  replaceOwnTotp,
} from '../../access/sign_in/own.ts';
import { type Route, refuse, route } from '../route.ts';
import { closed } from '../schema.ts';
import { FACTOR, PASSWORD } from './sign_in.ts';

const OFFER = Type.Object({
  uri: Type.String({ description: 'For an app that shows codes (otpauth://), mostly as a QR code.' }),
  secret: Type.String({ description: 'The same for typing, base32.' }),
});
const CODES = Type.Object({ codes: Type.Array(Type.String()) });
const INVITATION = Type.String({ minLength: 1, maxLength: 128 });
const SHOWN = { password: PASSWORD };

/** Who was invited chooses the means to sign in; who is signed in changes them, and shows the password for it. */
export const OWN_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/invitation/begin',
    action: 'session.begin',
    about: 'Chooses a password by an invitation; answers the secret of the second factor.',
    isRead: true, // may be begun anew as long as it is not complete; no answer with a secret is kept
    limit: 'login',
    body: closed({ token: INVITATION, password: PASSWORD }),
    answer: OFFER,
    faults: ['ACCESS_INVITATION', 'ACCESS_PASSWORD'],
    act: (desk, { body }) => takeInvitation(desk, body),
  }),
  route({
    method: 'POST',
    url: '/v1/invitation/complete',
    action: 'session.begin',
    about: 'Shows a code of the second factor; answers ten codes for recovery, once.',
    limit: 'login',
    body: closed({ token: INVITATION, code: FACTOR }),
    answer: CODES,
    faults: ['ACCESS_INVITATION', 'ACCESS_FACTOR'],
    act: async (desk, { body }) => ({ codes: [...(await completeInvitation(desk, body))] }),
  }),
  route({
    method: 'POST',
    url: '/v1/own/password',
    action: 'account.own',
    about: 'Changes the own password; all other sessions end.',
    limit: 'login',
    body: closed({ ...SHOWN, fresh: PASSWORD }),
    faults: ['ACCESS_SIGN_IN', 'ACCESS_WAIT', 'ACCESS_PASSWORD'],
    act: async (desk, { body, address, token = '' }) => {
      const changed = await changeOwnPassword(desk, { ...body, source: address, stays: token });
      return changed.ok ? changed.value : refuse(changed.fault);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/own/totp/begin',
    action: 'account.own',
    about: 'Begins another second factor; the present one counts until a code of the new one was shown.',
    isRead: true,
    limit: 'login',
    body: closed(SHOWN),
    answer: OFFER,
    faults: ['ACCESS_SIGN_IN', 'ACCESS_WAIT'],
    act: async (desk, { body, address }) => {
      const offer = await replaceOwnTotp(desk, { ...body, source: address });
      return offer.ok ? offer.value : refuse(offer.fault);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/own/totp/confirm',
    action: 'account.own',
    about: 'Shows a code of the new second factor, which counts from now on.',
    limit: 'login',
    body: closed({ code: FACTOR }),
    faults: ['ACCESS_FACTOR'],
    act: (desk, { body }) => confirmOwnTotp(desk, body.code),
  }),
  route({
    method: 'POST',
    url: '/v1/own/recovery-codes',
    action: 'account.own',
    about: 'Makes ten new codes for recovery in the place of those before.',
    limit: 'login',
    body: closed(SHOWN),
    answer: CODES,
    faults: ['ACCESS_SIGN_IN', 'ACCESS_WAIT'],
    act: async (desk, { body, address }) => {
      const codes = await replaceOwnRecoveryCodes(desk, { ...body, source: address });
      return codes.ok ? { codes: [...codes.value] } : refuse(codes.fault);
    },
  }),
];
