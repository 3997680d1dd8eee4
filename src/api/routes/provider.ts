import { type Static, Type } from 'typebox';
import { askProvider, beginProviderSignIn, type Provider, takeFlow } from '../../access/sign_in/oidc.ts';
import { signInByIdentity } from '../../access/sign_in/provider_account.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { FLOW_COOKIE, flowCookie, sessionCookie } from '../cookie.ts';
import type { House } from '../house.ts';
import { deskOf } from '../perform.ts';
import { PROVIDER_PATH } from '../provider.ts';
import { type Asked, Content, type Route, telling } from '../route.ts';
import { secondsOf } from '../signed_in.ts';

/** For which the browser keeps the secret of a sign-in under way. The register forgets it as soon. */
const FLOW_SECONDS = 600;

/** What the provider answers with (RFC 6749 §4.1.2, RFC 9207). What it sends besides is not looked at (ibid.). */
const ANSWER = Type.Object(
  {
    code: Type.Optional(Type.String({ maxLength: 4096 })),
    state: Type.Optional(Type.String({ maxLength: 1024 })),
    iss: Type.Optional(Type.String({ maxLength: 1024 })),
    error: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { maxProperties: 16 },
);

const NONE: Fault = {
  code: 'API_UNKNOWN',
  message: 'The country file names no provider of identities.',
  remedy: 'Sign in by password or passkey.',
};

async function providerOf({ provider }: House): Promise<Provider> {
  if (provider === undefined) throw new Refused([NONE]);
  const found = await provider();
  if (!found.ok) throw new Refused([found.fault]);
  return found.value;
}

/** The address that the provider sent the browser to, without what only it knows the meaning of. */
function addressOf({ redirect }: Provider, { code, state, iss, error }: Static<typeof ANSWER>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries({ code, state, iss, error }))
    if (value !== undefined) given.set(key, value);
  return `${redirect}?${given}`;
}

/** Signing in at the provider of identities (OpenID Connect). The network is asked outside of transactions. */
export const PROVIDER_ROUTES: readonly Route[] = [
  telling({
    method: 'POST',
    url: PROVIDER_PATH,
    action: 'session.begin',
    about: 'Begins a sign-in at the provider of identities: tells the address to which the browser goes.',
    isRead: true, // each beginning is another
    limit: 'login',
    answer: Type.Object({ url: Type.String() }),
    faults: ['API_UNKNOWN', 'ACCESS_PROVIDER'],
    tell: async ({ house }) => {
      const provider = await providerOf(house);
      const begun = await house.registry.transaction((query) =>
        beginProviderSignIn({ query, now: house.clock() }, provider),
      );
      return new Content('application/json; charset=utf-8', JSON.stringify({ url: begun.url }), {
        headers: { 'set-cookie': flowCookie(begun.secret, FLOW_SECONDS) },
      });
    },
  }),
  telling({
    method: 'GET',
    url: PROVIDER_PATH,
    action: 'session.begin',
    about: 'Takes the provider’s answer from the browser that began, which goes on signed in by a cookie.',
    limit: 'login',
    query: ANSWER,
    status: 303,
    faults: ['API_UNKNOWN', 'ACCESS_PROVIDER', 'ACCESS_SESSION', 'ACCESS_SIGN_IN'],
    tell: answered,
  }),
];

async function answered({
  house,
  query: answer,
  cookies,
  token,
  caller,
  address: source,
}: Omit<Asked, 'query'> & { readonly query: Static<typeof ANSWER> }): Promise<Content> {
  const { registry } = house;
  const provider = await providerOf(house);
  const secret = cookies[FLOW_COOKIE] ?? '';
  await registry.transaction((query) => takeFlow({ query, now: house.clock() }, secret));
  const identity = await askProvider(provider, { secret, url: addressOf(provider, answer) });
  if (!identity.ok) throw new Refused([identity.fault]);
  const shown = { identity: identity.value, source, replaces: token };
  const signed = await registry.transaction((query) => signInByIdentity(deskOf(house, query, caller), shown));
  if (!signed.ok) throw new Refused([signed.fault]);
  const seconds = secondsOf(signed.value, { now: house.clock() });
  return new Content('text/plain; charset=utf-8', '', {
    status: 303,
    headers: {
      location: '/',
      'cache-control': 'no-store',
      'set-cookie': sessionCookie(signed.value.token, seconds),
    },
  });
}
