import { Type } from 'typebox';
import { Refused } from '../../faults/fault.ts';
import { Content, type Route, telling } from '../route.ts';

const HEALTH = Type.Object({ status: Type.Literal('ok') });

/** Of the register as a service: its health, its keys. */
export const SERVICE_ROUTES: readonly Route[] = [
  telling({
    method: 'GET',
    url: '/health/live',
    action: 'health.read',
    about: 'Whether the process answers at all.',
    answer: HEALTH,
    tell: () => ({ status: 'ok' as const }),
  }),
  telling({
    method: 'GET',
    url: '/health/ready',
    action: 'health.read',
    about: 'Whether the register can do its work: 503 where it cannot.',
    answer: HEALTH,
    faults: ['API_BUSY'],
    tell: async ({ house }) => {
      const registry = await house.registry.query('SELECT 1').then(
        () => true,
        () => false,
      );
      const lists = (await house.checking.check(['0'], house.clock())) !== undefined;
      const missing = Object.entries({ registry, lists }).flatMap(([part, isThere]) => (isThere ? [] : [part]));
      if (missing.length === 0) return { status: 'ok' as const };
      const message = `Not ready: ${missing.join(', ')}.`;
      throw new Refused([{ code: 'API_BUSY', message, remedy: 'Ask others meanwhile, and this again in a moment.' }]);
    },
  }),
  telling({
    method: 'GET',
    url: '/.well-known/jwks.json',
    action: 'certificate.verify',
    about: 'The public keys (RFC 7517) of everything that the register signs.',
    produces: 'application/jwk-set+json',
    tell: ({ house }) =>
      new Content('application/jwk-set+json', JSON.stringify(house.signer.keys()), {
        headers: { 'cache-control': 'public, max-age=300' },
      }),
  }),
];
