import helmet from '@fastify/helmet';
import fastify from 'fastify';

/** Nothing of the interface is a page: nothing in it may load, frame or run anything. */
const OPTIONS = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  referrerPolicy: { policy: 'no-referrer' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  // Of documents and of old browsers.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** Headers of one answer alone. */
const OWN: ReadonlySet<string> = new Set(['connection', 'content-length', 'content-type', 'date']);

/**
 * The headers by which helmet has browsers be careful with an answer. They are the same for all, so it is asked once: at
 * each answer it would take as long as the whole public check.
 */
export async function carefulHeaders(): Promise<Readonly<Record<string, string>>> {
  const app = fastify();
  await app.register(helmet, OPTIONS);
  app.get('/', async () => '');
  const { headers } = await app.inject('/');
  await app.close();
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (OWN.has(name) ? [] : [[name, String(value)]])),
  );
}
