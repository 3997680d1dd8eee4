import { Type } from 'typebox';
import { beginCode, type CodeToSend, proveCode } from '../../access/sign_in/code.ts';
import { SIGN_IN, signInCitizen } from '../../access/sign_in/proof.ts';
import { PROOF_PURPOSE } from '../../cases/thefts/proof.ts';
import { LANGUAGES } from '../../country/notices.ts';
import { parseMsisdn } from '../../identifiers/msisdn.ts';
import { queueNotice } from '../../notices/queue.ts';
import type { Recipient } from '../../notices/recipient.ts';
import { CONFIRM_PURPOSE } from '../../registration/holders/personal_import.ts';
import { GIVE_PURPOSE, TAKE_PURPOSE } from '../../registration/holders/transfer.ts';
import { type Route, refuse, route } from '../route.ts';
import { closed, ID, line, TIME } from '../schema.ts';
import { KEEPING, SIGNED_IN, signedIn } from '../signed_in.ts';
import { ASSOCIATION_PURPOSE, PAIR_PURPOSE } from './couple_form.ts';

/** What codes are for. */
const PURPOSES = [
  ...[SIGN_IN, PROOF_PURPOSE, PAIR_PURPOSE, ASSOCIATION_PURPOSE],
  ...[CONFIRM_PURPOSE, GIVE_PURPOSE, TAKE_PURPOSE],
];

const CONTACT = {
  channel: Type.Enum(['sms', 'email']),
  address: Type.String({ minLength: 1, maxLength: 254, description: 'A number with its country code, or an e-mail.' }),
  purpose: Type.Enum(PURPOSES, { description: 'A proof serves for nothing else.' }),
};

function recipientOf({ channel, address }: CodeToSend): Recipient {
  if (channel === 'email') return { channel, address };
  const number = parseMsisdn(address);
  if (!number.ok) throw new Error('A number that was read is none any more.');
  return { channel, msisdn: number.value };
}

/** Codes that are sent to citizens' numbers and addresses, and what they prove. */
export const CODE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/codes',
    action: 'session.begin',
    about: 'Sends a code to a number or address, whether anybody is known by it or not.',
    limit: 'login',
    body: closed({ ...CONTACT, language: Type.Optional(Type.Enum(LANGUAGES)) }),
    answer: Type.Object({ expires: TIME }),
    status: 202,
    faults: ['ACCESS_ADDRESS', 'ACCESS_CODE_LIMIT', 'NOTICE_RECIPIENT'],
    act: async (desk, { body: { language, ...contact }, address: source }) => {
      const { minutes } = desk.policy.access.codes;
      const { expires } = await beginCode(desk, { ...contact, source }, (sent) =>
        queueNotice(desk, {
          template: 'one_time_code',
          to: recipientOf(sent),
          language,
          values: { code: sent.code, minutes },
        }),
      );
      return { expires: expires.toISOString() };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/codes/prove',
    action: 'session.begin',
    about: 'Proves a number or address by the code that was sent there; the proof is good once.',
    limit: 'login',
    body: closed({ ...CONTACT, code: line(16) }),
    answer: Type.Object({ proof: ID }),
    faults: ['ACCESS_ADDRESS', 'ACCESS_CODE'],
    act: async (desk, { body }) => {
      const proved = await proveCode(desk, body);
      return proved.ok ? { proof: proved.value.proof } : refuse(proved.fault);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/session/citizen',
    action: 'session.begin',
    about: 'Signs a citizen in by a proof of a number or address; there is no account.',
    isRead: true, // a proof is good once: it needs no other key
    limit: 'login',
    body: closed({ proof: ID, ...KEEPING }),
    answer: SIGNED_IN,
    faults: ['ACCESS_PROOF'],
    act: async (desk, { body, token }) =>
      signedIn(desk, await signInCitizen(desk, { proof: body.proof, replaces: token }), body),
  }),
];
