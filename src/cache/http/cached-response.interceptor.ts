import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { Clock } from '../../kernel/clock.js';
import { type CacheRead, CacheService } from '../cache.service.js';
import { isNamedBy } from './entity-tag.js';
import { keep, type KeptAnswer, keptUnder, type Question } from './kept-answer.js';
import { ResponseCacheGate } from './response-cache-gate.js';
import { CachedResponseMetadata, type CachedResponseOptions } from './response-options.js';

/** A question whose answer may be cached. */
interface Asked extends Omit<Question<unknown>, 'generation'> {
  readonly route: CachedResponseOptions<unknown>;
}

const X_CACHE = { l1: 'hit', l2: 'hit', loader: 'miss', stale: 'stale' } as const;
/** Nest's validation drops these before a handler's schema sees the query. */
const IGNORED: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
const MS_PER_SECOND = 1_000;

/**
 * Answers routes with @CachedResponse from the cache. Whatever it cannot key with certainty (no known scope, a query
 * that does not parse) goes to the handler, whose checks then refuse it. It runs behind the guards, so a cached answer
 * is never given to somebody the route would refuse.
 */
@Injectable()
export class CachedResponseInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly cache: CacheService,
    private readonly clock: Clock,
    @Optional() @Inject(ResponseCacheGate) private readonly gate?: ResponseCacheGate,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler<unknown>): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const asked = await this.questionOf(context, request);
    if (asked === undefined) return next.handle();
    const read = await this.read(asked, async () => keep(await lastValueFrom(next.handle())));
    return of(answer(read, request, context.switchToHttp().getResponse<Response>()));
  }

  private async questionOf(context: ExecutionContext, request: Request): Promise<Asked | undefined> {
    const route = this.routeOf(context);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const scope = isRead ? route?.scope(request) : undefined;
    if (route === undefined || scope === undefined) return undefined;
    const parsed = await route.query['~standard'].validate(withoutIgnored(request.query));
    if (parsed.issues !== undefined) return undefined;
    return { route, query: parsed.value, scope, params: request.params };
  }

  private routeOf(context: ExecutionContext): CachedResponseOptions<unknown> | undefined {
    return this.reflector.get(CachedResponseMetadata, context.getHandler());
  }

  private async read(
    { route, ...question }: Asked,
    load: () => Promise<KeptAnswer>,
  ): Promise<CacheRead<KeptAnswer>> {
    const generation = this.gate === undefined ? 0 : this.gate.generation;
    if (generation === undefined || route.isCacheable?.(question.query) === false) {
      return { value: await load(), source: 'loader', ageMs: 0 };
    }
    const { key, options } = keptUnder(route, { ...question, generation }, this.clock.now());
    return this.cache.read(key, load, options);
  }
}

/** What is left of a query after Nest has dropped what it ignores: it is answered, so it must not go past the cache. */
function withoutIgnored(query: Request['query']): Request['query'] {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !IGNORED.has(name)));
}

/** Sets the head of the answer; returns what is sent. */
function answer(
  { value, source, ageMs }: CacheRead<KeptAnswer>,
  request: Request,
  response: Response,
): string {
  response.set({
    ETag: value.entityTag,
    // Everybody may keep it for themselves, and asks here each time: a 304 is cheap, and never stale.
    'Cache-Control': 'private, no-cache',
    Age: String(Math.floor(ageMs / MS_PER_SECOND)),
    'X-Cache': X_CACHE[source],
    'Content-Type': 'application/json; charset=utf-8',
  });
  response.vary('Authorization').vary('Accept-Encoding');
  // Express takes `no-cache` in a request as a wish for the body; fetch() adds it wherever If-None-Match is set.
  const isFresh = isNamedBy(request.get('If-None-Match'), value.entityTag);
  Object.defineProperty(request, 'fresh', { value: isFresh, configurable: true });
  return value.body;
}
