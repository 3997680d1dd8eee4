import { Type } from 'typebox';
import { addMachineCertificate, addMachineKey, removeMachineCredential } from '../../access/accounts/machine.ts';
import { type Route, route } from '../route.ts';
import { closed, ID } from '../schema.ts';

const ONE = closed({ id: ID });
const part = Type.Optional(Type.String({ maxLength: 4096 }));

/** A JWK (RFC 7517). The parts of a private one are named so that the refusal can say what happened to it. */
const JWK = closed({
  kty: Type.String({ maxLength: 8 }),
  ...{ crv: part, x: part, y: part, n: part, e: part, kid: part, alg: part, use: part },
  ...{ d: part, p: part, q: part, dp: part, dq: part, qi: part, k: part },
});

/** A SHA-256, hexadecimal, with colons or without. */
const FINGERPRINT = Type.String({ maxLength: 95, pattern: '^[0-9A-Fa-f:]+$' });

/** Keys and certificates by which machines are known. */
export const MACHINE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/accounts/:id/keys',
    action: 'account.machine',
    about: 'Enters the public key with which a machine signs its assertions; answers the id that they name.',
    params: ONE,
    body: closed({ jwk: JWK }),
    answer: Type.Object({ kid: Type.String() }),
    status: 201,
    faults: ['ACCESS_ACCOUNT', 'ACCESS_MACHINE', 'ACCESS_TAKEN'],
    act: (desk, { params, body }) => addMachineKey(desk, { account: params.id, jwk: body.jwk }),
  }),
  route({
    method: 'POST',
    url: '/v1/accounts/:id/certificates',
    action: 'account.machine',
    about: 'Enters the certificate by which a machine is known in TLS.',
    params: ONE,
    body: closed({ fingerprint: FINGERPRINT }),
    faults: ['ACCESS_ACCOUNT', 'ACCESS_MACHINE', 'ACCESS_TAKEN'],
    act: (desk, { params, body }) => addMachineCertificate(desk, { account: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/credentials/end',
    action: 'account.machine',
    about: 'Ends a key, by its id, or a certificate, by its fingerprint; one that is none changes nothing.',
    body: Type.Union([
      closed({ kid: Type.String({ minLength: 1, maxLength: 128 }) }),
      closed({ fingerprint: FINGERPRINT }),
    ]),
    act: (desk, { body }) => removeMachineCredential(desk, body),
  }),
];
