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
import { toEnvelope } from '../../platform/http/index.js';
import { type CacheRead, CacheService } from '../cache.service.js';
import { entityTagOf, isNamedBy } from './entity-tag.js';
import { ResponseCacheGate } from './response-cache-gate.js';
import { responseKey } from './response-key.js';
import { CachedResponseMetadata, type CachedResponseOptions } from './response-options.js';

/** An answer as it is kept: the text that is sent, so that hits and misses are the same bytes. */
interface KeptAnswer {
  readonly body: string;
  readonly entityTag: string;
}

/** A question whose answer may be cached. */
interface Question {
  readonly options: CachedResponseOptions<unknown>;
  readonly query: unknown;
  readonly scope: string;
  readonly params: Request['params'];
}

const X_CACHE = { l1: 'hit', l2: 'hit', loader: 'miss', stale: 'stale' } as const;
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
    const question = await this.questionOf(context, request);
    if (question === undefined) return next.handle();
    const read = await this.read(question, async () => keep(await lastValueFrom(next.handle())));
    return of(answer(read, request, context.switchToHttp().getResponse<Response>()));
  }

  private async questionOf(context: ExecutionContext, request: Request): Promise<Question | undefined> {
    const options = this.optionsOf(context);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const scope = isRead ? options?.scope(request) : undefined;
    if (options === undefined || scope === undefined) return undefined;
    const parsed = await options.query['~standard'].validate(request.query);
    if (parsed.issues !== undefined) return undefined;
    return { options, query: parsed.value, scope, params: request.params };
  }

  private optionsOf(context: ExecutionContext): CachedResponseOptions<unknown> | undefined {
    return this.reflector.get(CachedResponseMetadata, context.getHandler());
  }

  private async read(
    { options, query, scope, params }: Question,
    load: () => Promise<KeptAnswer>,
  ): Promise<CacheRead<KeptAnswer>> {
    const generation = this.gate === undefined ? 0 : this.gate.generation;
    if (generation === undefined || options.isCacheable?.(query) === false) {
      return { value: await load(), source: 'loader', ageMs: 0 };
    }
    const now = this.clock.now();
    const inMs = (duration: CachedResponseOptions<unknown>['ttlMs']): number =>
      typeof duration === 'number' ? duration : duration(query, now);
    const asked = options.normalise?.(query) ?? (query as Readonly<Record<string, unknown>>);
    const key = responseKey({ entity: options.entity, scope, query: asked, params, generation });
    return this.cache.read(key, load, {
      ttlMs: inMs(options.ttlMs),
      graceMs: inMs(options.graceMs ?? 0),
      ...(options.tags && { tags: options.tags(query, scope) }),
    });
  }
}

function keep(data: unknown): KeptAnswer {
  const body = JSON.stringify(toEnvelope(data));
  return { body, entityTag: entityTagOf(body) };
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
