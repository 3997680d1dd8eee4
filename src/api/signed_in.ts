import { type Static, Type } from 'typebox';
import type { Desk } from '../access/desk.ts';
import { csrfOf, type SignedIn } from '../access/sign_in/session.ts';
import { sessionCookie } from './cookie.ts';
import { Content } from './route.ts';
import { TIME } from './schema.ts';

/** What every sign-in may be asked for. */
export const KEEPING = {
  cookie: Type.Optional(
    Type.Boolean({
      description: 'By a browser: the token is kept in a cookie that no page can read, and is not told.',
    }),
  ),
};

/** What every sign-in answers. */
export const SIGNED_IN = Type.Object({
  token: Type.Union([Type.String(), Type.Null()], {
    description: 'To be sent as Authorization: Bearer; null where a cookie holds it.',
  }),
  csrf: Type.Union([Type.String(), Type.Null()], {
    description: 'To be sent with each write as X-CSRF-Token, by who has a cookie.',
  }),
  account: Type.String(),
  roles: Type.Array(Type.String()),
  expires: TIME,
});

/** Whether a session is kept in the browser's cookie, or by who asks. */
type Keeping = Static<ReturnType<typeof Type.Object<typeof KEEPING>>>;

/** Whole seconds until a session ends. */
export const secondsOf = ({ expires }: SignedIn, { now }: Pick<Desk, 'now'>): number =>
  Math.floor((expires.getTime() - now.getTime()) / 1000);

/** Answers a sign-in that succeeded: the token is told, or put where only the browser has it. */
export function signedIn(desk: Pick<Desk, 'now'>, signed: SignedIn, { cookie = false }: Keeping): Content {
  const { token, actor, expires } = signed;
  const told: Static<typeof SIGNED_IN> = {
    token: cookie ? null : token,
    csrf: cookie ? csrfOf(token) : null,
    account: actor.id,
    roles: [...actor.roles],
    expires: expires.toISOString(),
  };
  const headers = cookie ? { 'set-cookie': sessionCookie(token, secondsOf(signed, desk)) } : {};
  return new Content('application/json; charset=utf-8', JSON.stringify(told), { headers });
}
