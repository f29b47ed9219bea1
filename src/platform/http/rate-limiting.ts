import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Clock } from '../../kernel/clock.js';
import { networkOf } from './client-address.js';
import { RateLimitedError } from './errors.js';
import { FixedWindowStore } from './fixed-window-store.js';
import type { KnownKeys } from './known-keys.js';

const WINDOW_MS = 60_000;
/** Probes come from the orchestrator; refusing them would restart a busy instance. */
const EXEMPT_PATHS = new Set(['/livez', '/readyz']);

/** Limits requests per proven API key, else per address; tells the state in draft-8 RateLimit headers. */
export function rateLimiting(limitPerMinute: number, knownKeys: KnownKeys, clock: Clock): RequestHandler {
  const store = new FixedWindowStore(clock);
  const countedAs = new WeakMap<Request, string>();
  const limit = rateLimit({
    windowMs: WINDOW_MS,
    limit: limitPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    store,
    keyGenerator: (request) => countedAs.get(request) ?? addressOf(request),
    skip: isExempt,
    // The checks print advice for other set-ups; trust in proxies is a validated setting here.
    validate: false,
    handler: (request, _response, next) => {
      const { resetTime } = (request as Request & { rateLimit?: { resetTime?: Date } }).rateLimit ?? {};
      const leftMs = resetTime === undefined ? WINDOW_MS : resetTime.getTime() - clock.now().getTime();
      next(new RateLimitedError(limitPerMinute, Math.max(0, Math.ceil(leftMs))));
    },
  });
  return (request, response, next) => {
    const authorization = request.get('authorization');
    const keyId = knownKeys.keyIdOf(authorization);
    const client = keyId === undefined ? addressOf(request) : keyOf(keyId);
    countedAs.set(request, client);
    // The first request of a key is counted before it is proven; its key must not get one more for that.
    if (authorization !== undefined && keyId === undefined && !isExempt(request)) {
      response.once('close', () => {
        const provenId = knownKeys.keyIdOf(authorization);
        if (provenId === undefined) return;
        store.decrement(client);
        store.increment(keyOf(provenId));
      });
    }
    void limit(request, response, next);
  };
}

function isExempt({ path }: Request): boolean {
  return EXEMPT_PATHS.has(path);
}

function keyOf(keyId: string): string {
  return `key:${keyId}`;
}

function addressOf({ ip }: Request): string {
  return `address:${networkOf(ip)}`;
}
