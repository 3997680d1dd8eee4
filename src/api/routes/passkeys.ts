import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { Type } from 'typebox';
import {
  beginPasskey,
  beginPasskeySignIn,
  finishPasskey,
  ownPasskeys,
  removeOwnPasskey,
  type Site,
  signInByPasskey,
} from '../../access/sign_in/passkey.ts';
import type { House } from '../house.ts';
import { type Route, refuse, route } from '../route.ts';
import { closed, line, TIME } from '../schema.ts';
import { KEEPING, SIGNED_IN, signedIn } from '../signed_in.ts';
import { PASSWORD } from './sign_in.ts';

/** Passkeys are good on the pages at the public address only. */
const siteOf = ({ publicUrl, policy }: House): Site => ({ origin: new URL(publicUrl).origin, name: policy.name });

/** Bytes as browsers write them, base64url. */
const bytes = (most: number) => Type.String({ minLength: 1, maxLength: most, pattern: '^[A-Za-z0-9_-]+$' });
const KEY_ID = bytes(1400); // 1023 bytes at most (Web Authentication §5.1)

/** What `toJSON` of a browser's answer has (Web Authentication §5.1), beside `response`. */
const ANSWER = {
  id: KEY_ID,
  rawId: KEY_ID,
  type: Type.Literal('public-key'),
  authenticatorAttachment: Type.Optional(Type.String({ maxLength: 32 })),
  clientExtensionResults: Type.Object({}, { maxProperties: 16 }),
};
const MADE = closed({
  ...ANSWER,
  response: closed({
    clientDataJSON: bytes(4096),
    attestationObject: bytes(16_384),
    authenticatorData: Type.Optional(bytes(4096)),
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 8 })),
    publicKeyAlgorithm: Type.Optional(Type.Integer({ minimum: -100_000, maximum: 100_000 })),
    publicKey: Type.Optional(bytes(4096)),
  }),
});
const SHOWN = closed({
  ...ANSWER,
  response: closed({
    clientDataJSON: bytes(4096),
    authenticatorData: bytes(4096),
    signature: bytes(4096),
    userHandle: Type.Optional(Type.String({ maxLength: 128 })),
  }),
});

/** What a page gives its browser, with whatever else the library says. */
const options = (description: string) =>
  Type.Object({ challenge: Type.String() }, { additionalProperties: true, description });

const toldTime = (time: Date | null): string | null => time?.toISOString() ?? null;

/** Passkeys of staff: made by who is signed in, and to sign in by. */
export const PASSKEY_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/passkeys/begin',
    action: 'account.own',
    about: 'Begins an own passkey; the password is shown again for it.',
    isRead: true, // each beginning is another, and changes nothing until it is finished
    limit: 'login',
    body: closed({ password: PASSWORD }),
    answer: options('For navigator.credentials.create, by parseCreationOptionsFromJSON.'),
    faults: ['ACCESS_SIGN_IN', 'ACCESS_WAIT', 'ACCESS_FACTOR'],
    act: async (desk, { body, address, house }) => {
      const begun = await beginPasskey(desk, { site: siteOf(house), password: body.password, source: address });
      return begun.ok ? { ...begun.value } : refuse(begun.fault);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/passkeys',
    action: 'account.own',
    about: 'Keeps the passkey that the browser made.',
    body: closed({ response: MADE, label: line(64) }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: ['ACCESS_FACTOR', 'ACCESS_TAKEN'],
    act: async (desk, { body, house }) => {
      const response = body.response as RegistrationResponseJSON;
      const kept = await finishPasskey(desk, { site: siteOf(house), response, label: body.label });
      return kept.ok ? kept.value : refuse(kept.fault);
    },
  }),
  route({
    method: 'GET',
    url: '/v1/passkeys',
    action: 'account.own',
    about: 'Lists the own passkeys.',
    answer: Type.Object({
      items: Type.Array(
        Type.Object({ id: Type.String(), label: Type.String(), created: TIME, used: Type.Union([TIME, Type.Null()]) }),
      ),
    }),
    act: async (desk) => {
      const keys = await ownPasskeys(desk);
      return {
        items: keys.map(({ id, label, created, last_used }) => ({
          id,
          label,
          created: created.toISOString(),
          used: toldTime(last_used),
        })),
      };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/passkeys/remove',
    action: 'account.own',
    about: 'Removes an own passkey.',
    body: closed({ id: KEY_ID }),
    act: (desk, { body }) => removeOwnPasskey(desk, body.id),
  }),
  route({
    method: 'POST',
    url: '/v1/session/passkey/begin',
    action: 'session.begin',
    about: 'Begins a sign-in by passkey, which names nobody.',
    isRead: true,
    limit: 'login',
    answer: options('For navigator.credentials.get, by parseRequestOptionsFromJSON.'),
    act: async (desk, { house }) => ({ ...(await beginPasskeySignIn(desk, siteOf(house))) }),
  }),
  route({
    method: 'POST',
    url: '/v1/session/passkey',
    action: 'session.begin',
    about: 'Signs in by what a passkey signed. Whatever is wrong, the answer is the same.',
    isRead: true, // a challenge is answered once: it needs no other key
    limit: 'login',
    body: closed({ response: SHOWN, ...KEEPING }),
    answer: SIGNED_IN,
    faults: ['ACCESS_SIGN_IN'],
    act: async (desk, { body, address, token, house }) => {
      const response = body.response as AuthenticationResponseJSON;
      const shown = { site: siteOf(house), response, source: address, replaces: token };
      const signed = await signInByPasskey(desk, shown);
      return signed.ok ? signedIn(desk, signed.value, body) : refuse(signed.fault);
    },
  }),
];
