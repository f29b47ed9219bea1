import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Clock } from '../../kernel/clock.js';
import { RateLimitedError } from './errors.js';
import { FixedWindowStore } from './fixed-window-store.js';
import type { KnownKeys } from './known-keys.js';

const WINDOW_MS = 60_000;
/** Probes come from the orchestrator; refusing them would restart a busy instance. */
const EXEMPT_PATHS = new Set(['/livez', '/readyz']);

/** Limits requests per proven API key, else per address; tells the state in draft-8 RateLimit headers. */
export function rateLimiting(limitPerMinute: number, knownKeys: KnownKeys, clock: Clock): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: limitPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    store: new FixedWindowStore(clock),
    keyGenerator: (request) => clientOf(request, knownKeys),
    skip: ({ path }) => EXEMPT_PATHS.has(path),
    // The checks print advice for other set-ups; trust in proxies is a validated setting here.
    validate: false,
    handler: (request, _response, next) => {
      const { resetTime } = (request as Request & { rateLimit?: { resetTime?: Date } }).rateLimit ?? {};
      const leftMs = resetTime === undefined ? WINDOW_MS : resetTime.getTime() - clock.now().getTime();
      next(new RateLimitedError(limitPerMinute, Math.max(0, Math.ceil(leftMs))));
    },
  });
}

function clientOf(request: Request, knownKeys: KnownKeys): string {
  const keyId = knownKeys.keyIdOf(request.get('authorization'));
  if (keyId !== undefined) return `key:${keyId}`;
  // A subscriber owns a whole IPv6 subnet, so single addresses mean nothing there.
  return `address:${request.ip === undefined ? 'unknown' : ipKeyGenerator(request.ip)}`;
}
