import { Type } from 'typebox';
import { ACTION_NAMES, may } from '../../access/actions.ts';
import type { Actor } from '../../access/actor.ts';
import { signInByPassword } from '../../access/sign_in/local.ts';
import { csrfOf, endSession, endSessions, type Who } from '../../access/sign_in/session.ts';
import { NO_SESSION } from '../cookie.ts';
import { Content, type Route, refuse, route, telling } from '../route.ts';
import { closed } from '../schema.ts';
import { KEEPING, SIGNED_IN, signedIn } from '../signed_in.ts';
import { ORGANISATION, toldOrganisation } from './organisations.ts';

/** A password as it is shown; it is judged where one is chosen. */
export const PASSWORD = Type.String({ minLength: 1, maxLength: 1024 });

/** A code of the second factor, or one for recovery. */
export const FACTOR = Type.String({ maxLength: 64 });

const WHO = Type.Object({
  account: Type.String({ description: 'Of a citizen: a pseudonym.' }),
  roles: Type.Array(Type.String()),
  organisation: Type.Union([ORGANISATION, Type.Null()]),
  by: Type.Enum(['bearer', 'cookie', 'certificate']),
  csrf: Type.Union([Type.String(), Type.Null()], { description: 'Of a cookie: for X-CSRF-Token.' }),
  actions: Type.Array(Type.String(), { description: 'What the roles allow; see docs/access.md.' }),
});

/** Whose sessions they are. */
const whoseOf = ({ id, roles }: Actor): Who => (roles.includes('citizen') ? { person: id } : { account: id });

/** Answers that somebody is signed out, and has the browser forget it. */
const signedOut = (): Content =>
  new Content('application/json; charset=utf-8', '', { status: 204, headers: { 'set-cookie': NO_SESSION } });

/** Signing in by password and second factor, who is signed in, signing out. */
export const SIGN_IN_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/session',
    action: 'session.begin',
    about: 'Signs in by password and second factor. Whatever is wrong, the answer is the same.',
    isRead: true, // a code is good once: it needs no other key, and no answer with a token is kept
    limit: 'login',
    body: closed({
      login: Type.String({ minLength: 1, maxLength: 254 }),
      password: PASSWORD,
      code: Type.Optional(FACTOR),
      ...KEEPING,
    }),
    answer: SIGNED_IN,
    faults: ['ACCESS_SIGN_IN', 'ACCESS_WAIT'],
    act: async (desk, { body, address, token }) => {
      const { login, password, code = '' } = body;
      const signed = await signInByPassword(desk, { login, password, code, source: address, replaces: token });
      return signed.ok ? signedIn(desk, signed.value, body) : refuse(signed.fault);
    },
  }),
  telling({
    method: 'GET',
    url: '/v1/session',
    action: 'account.own',
    about: 'Tells who asks: roles, organisation, and what they allow.',
    answer: WHO,
    tell: ({ caller: { actor, by }, token }) => ({
      account: actor.id,
      roles: [...actor.roles],
      organisation: actor.organisation === undefined ? null : toldOrganisation(actor.organisation),
      by: by === 'none' ? 'bearer' : by,
      csrf: by === 'cookie' && token !== undefined ? csrfOf(token) : null,
      actions: ACTION_NAMES.filter((name) => may(actor, name)),
    }),
  }),
  route({
    method: 'DELETE',
    url: '/v1/session',
    action: 'account.own',
    about: 'Signs out.',
    isRead: true, // what has ended ends no more
    act: async (desk, { token }) => {
      if (token !== undefined) await endSession(desk, token);
      return signedOut();
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/sessions',
    action: 'account.own',
    about: 'Signs out everywhere.',
    isRead: true,
    act: async (desk) => {
      await endSessions(desk, whoseOf(desk.actor));
      return signedOut();
    },
  }),
];
