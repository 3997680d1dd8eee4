import { Type } from 'typebox';
import { signInByAssertion } from '../../access/sign_in/machine.ts';
import { type Route, refuse, route } from '../route.ts';
import { closed } from '../schema.ts';

/** Tokens of machines, as OAuth clients ask for them (RFC 6749 §4.4 with RFC 7523 §2.2). */
export const TOKEN_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/token',
    action: 'session.begin',
    about: 'Gives a machine a short token for an assertion that it signed with its key.',
    isRead: true, // an assertion is good once: it needs no other key
    isForm: true,
    limit: 'login',
    body: closed({
      grant_type: Type.Literal('client_credentials'),
      client_assertion_type: Type.Literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
      client_assertion: Type.String({ minLength: 1, maxLength: 8192 }),
      client_id: Type.Optional(
        Type.String({ maxLength: 64, description: 'Not needed: the assertion names its maker.' }),
      ),
      scope: Type.Optional(Type.String({ maxLength: 256, description: 'Not looked at: roles are the account’s.' })),
    }),
    answer: Type.Object({
      access_token: Type.String(),
      token_type: Type.Literal('Bearer'),
      expires_in: Type.Integer({ minimum: 0 }),
    }),
    faults: ['ACCESS_SIGN_IN'],
    act: async (desk, { body, address, house }) => {
      const shown = { assertion: body.client_assertion, audience: `${house.publicUrl}/v1/token`, source: address };
      const signed = await signInByAssertion(desk, shown);
      if (!signed.ok) return refuse(signed.fault);
      const { token, expires } = signed.value;
      const expiresIn = Math.floor((expires.getTime() - desk.now.getTime()) / 1000);
      return { access_token: token, token_type: 'Bearer' as const, expires_in: expiresIn };
    },
  }),
];
