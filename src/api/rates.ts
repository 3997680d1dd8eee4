import { hash, randomBytes } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sourceKey } from '../access/sign_in/attempt.ts';
import { Refused } from '../faults/fault.ts';
import type { House } from './house.ts';
import { LIMIT_CLASSES, type LimitClass, type Rate } from './limits.ts';

/** Askers of one kind that are remembered; with more, those that asked least lately are forgotten. */
const ASKERS = 100_000;

/** Counts what askers ask, and refuses what is too much. */
export type Rates = {
  /** Counts a request of a class. @throws Refused API_LIMIT */
  readonly count: (request: FastifyRequest, reply: FastifyReply, of: LimitClass) => Promise<void>;
  /** Counts credentials that were not valid. @throws Refused API_LIMIT */
  readonly fail: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Refuses who has shown too many that were not valid. @throws Refused API_LIMIT */
  readonly demandTrust: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
};

/**
 * Sets the counting up. Addresses are kept as pseudonyms, of a key that dies with the process: no other one could be joined
 * to them.
 */
export async function ratesOf(app: FastifyInstance, { limits, vault }: House): Promise<Rates> {
  const { rates, failures } = limits;
  await app.register(rateLimit, { global: false });
  const salt = randomBytes(32).toString('base64url');
  const passing = { ...vault, pseudonym: (_: string, text: string) => hash('sha256', `${salt}${text}`, 'base64url') };
  const addressOf = ({ ip }: FastifyRequest): string => sourceKey(passing, ip);
  const limiter = ({ most, windowMs }: Rate, keyGenerator: (request: FastifyRequest) => string) => {
    const options: rateLimit.RateLimitOptions = { max: most, timeWindow: windowMs, cache: ASKERS, keyGenerator };
    return app.createRateLimit(options);
  };
  const classes = new Map(
    LIMIT_CLASSES.map((name) => [
      name,
      {
        account: limiter(rates[name].account, ({ caller }) => caller.account),
        address: limiter(rates[name].address, addressOf),
      },
    ]),
  );
  const failed = limiter(failures, addressOf);
  return {
    count: async (request, reply, of) => {
      const kind = request.caller.by === 'none' ? 'address' : 'account';
      const found = await classes.get(of)?.[kind](request);
      if (found !== undefined) demand(reply, found);
    },
    fail: async (request, reply) => demand(reply, await failed(request)),
    demandTrust: async (request, reply) => {
      const found = await failed(request, { increment: false });
      demand(reply, found.isAllowed ? found : { ...found, isExceeded: found.remaining === 0 });
    },
  };
}

type Counted = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

/** Tells how much is left (a header as the IETF’s drafts on RateLimit fields had it), and refuses where nothing is. */
function demand(reply: FastifyReply, counted: Counted): void {
  if (counted.isAllowed) return;
  const { max, remaining, ttlInSeconds, isExceeded } = counted;
  reply.header('ratelimit', `limit=${max}, remaining=${remaining}, reset=${ttlInSeconds}`);
  if (!isExceeded) return;
  reply.header('retry-after', Math.max(1, ttlInSeconds));
  const message = `More was asked than ${max} times within the limit's window.`;
  throw new Refused([{ code: 'API_LIMIT', message, remedy: `Ask again in ${Math.max(1, ttlInSeconds)} seconds.` }]);
}
