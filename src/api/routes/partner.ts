import { Type } from 'typebox';
import { certify, drawQr, QR_FORMS, readCertificate } from '../check/certificate.ts';
import { ATTRIBUTES, matchAttribute } from '../check/match.ts';
import { VERDICTS } from '../check/verdict.ts';
import { type Route, route, telling } from '../route.ts';
import { closed, IMEI, line, TIME } from '../schema.ts';
import { checked } from './check.ts';

const IMEIS = Type.Array(IMEI, { minItems: 1, maxItems: 2 });
const CLEAN = { imeis: Type.Array(Type.String()), make: Type.String(), model: Type.String(), at: TIME, until: TIME };
const MATCHES = ['yes', 'no', 'unknown'] as const;

/** For partners and sellers: to match without being told, and to show others that a device is clean. */
export const PARTNER_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/match',
    action: 'check.partner',
    about: 'Tells whether what one has of a device is what the register has, and nothing else.',
    isRead: true,
    limit: 'check',
    body: closed({
      imei: IMEI,
      attribute: Type.Enum(ATTRIBUTES),
      value: line(100),
      purpose: Type.Optional(line(300)),
      case: Type.Optional(line(100)),
    }),
    answer: Type.Object({ match: Type.Enum(MATCHES), lastChecked: TIME }),
    faults: ['API_FORM', 'API_BUSY', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, asked) => {
      const { imei, attribute, value, purpose = '', case: inCase } = asked.body;
      const { identifiers } = await checked(asked, [imei]);
      const reading = { purpose, ...(inCase === undefined ? {} : { case: inCase }) };
      const told = identifiers[0] ?? { make: null, model: null };
      const sources = { told, analytics: asked.house.analytics?.analytics };
      const { match, lastChecked } = await matchAttribute(desk, { imei, attribute, value, reading }, sources);
      return { match, lastChecked: lastChecked.toISOString() };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/certificates',
    action: 'certificate.issue',
    about: 'Certifies that a device is clean at this time; for 24 hours, to be shown to who buys it.',
    limit: 'check',
    body: closed({ imeis: IMEIS, qr: Type.Optional(Type.Enum(QR_FORMS)) }),
    answer: Type.Object({
      ...CLEAN,
      token: Type.String(),
      verify: Type.String(),
      qr: Type.Union([Type.String(), Type.Null()]),
    }),
    status: 201,
    faults: ['API_BUSY', 'CERTIFICATE_NOT_CLEAR'],
    act: async ({ now }, asked) => {
      const { signer, publicUrl } = asked.house;
      const { identifiers } = await checked(asked, asked.body.imeis);
      const { at, until, ...certificate } = await certify(identifiers, { signer, publicUrl, at: now });
      const qr = asked.body.qr === undefined ? null : await drawQr(certificate.verify, asked.body.qr);
      return { ...certificate, at: at.toISOString(), until: until.toISOString(), qr };
    },
  }),
  telling({
    method: 'POST',
    url: '/v1/certificates/verify',
    action: 'certificate.verify',
    about: 'Tells whether a certificate is ours and still good, and how the device stands by now.',
    isRead: true,
    limit: 'check',
    body: closed({ token: Type.String({ minLength: 1, maxLength: 4096 }) }),
    answer: Type.Object({
      valid: Type.Boolean(),
      fault: Type.Union([Type.String(), Type.Null()]),
      says: Type.Union([Type.Object(CLEAN), Type.Null()]),
      now: Type.Union([Type.Enum(VERDICTS), Type.Null()]),
    }),
    faults: ['API_BUSY'],
    tell: async (asked) => {
      const { signer, clock } = asked.house;
      const read = await readCertificate(asked.body.token, signer.keys(), clock());
      if (!read.ok) return { valid: false, fault: read.fault.code, says: null, now: null };
      const { imeis, at, until, ...says } = read.value;
      const { verdict } = await checked(asked, imeis);
      const told = { ...says, imeis, at: at.toISOString(), until: until.toISOString() };
      return { valid: true, fault: null, says: told, now: verdict };
    },
  }),
];
