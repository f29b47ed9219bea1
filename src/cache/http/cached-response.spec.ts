import { Controller, Get, Module, Param, Post, Query, StandardSchemaValidationPipe } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { eventually } from '../../../test/support/eventually.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { AppError } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { toInputError } from '../../platform/http/index.js';
import { type CacheRead, CacheService } from '../cache.service.js';
import type { EntryOptions } from '../loading/entry-policy.js';
import { CachedResponse } from './cached-response.js';
import { ResponseCacheGate } from './response-cache-gate.js';

const List = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  from: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
  isLive: z.enum(['yes']).optional(),
});
type List = z.infer<typeof List>;

interface Kept {
  readonly value: unknown;
  readonly sinceMs: number;
}

/** Keeps every answer, with one load a key at a time, and what it was asked with. */
class MemoryCache {
  readonly entries = new Map<string, Promise<Kept>>();
  readonly asked: { readonly key: string; readonly options: EntryOptions }[] = [];
  isStale = false;

  constructor(private readonly clock: Clock) {}

  async read(key: string, load: () => Promise<unknown>, options: EntryOptions): Promise<CacheRead<unknown>> {
    this.asked.push({ key, options });
    const found = this.entries.get(key);
    if (found) {
      const { value, sinceMs } = await found;
      return { value, source: this.isStale ? 'stale' : 'l1', ageMs: this.clock.monotonic() - sinceMs };
    }
    const loading = load().then((value) => ({
      value: structuredClone(value),
      sinceMs: this.clock.monotonic(),
    }));
    this.entries.set(key, loading);
    loading.catch(() => this.entries.delete(key));
    return { ...(await loading), source: 'loader', ageMs: 0 };
  }
}

class Gate extends ResponseCacheGate {
  generation: number | undefined = 0;
}

class RefusedError extends AppError {
  readonly code = 'SAMPLE_REFUSED';
  readonly kind = 'invalid';
}

let calls = 0;
/** Ends what `slow` waits for. */
let release = (): void => undefined;
let released: Promise<void>;

@Controller('things')
class ThingsController {
  @Get(':id')
  @CachedResponse({
    entity: 'http-things',
    query: List,
    scope: (incoming: Request) => incoming.get('X-Tenant'),
    ttlMs: ({ from }: List, now) => (from !== undefined && from < now ? 5_000 : 1_000),
    graceMs: 500,
    tags: ({ limit }: List, scope) => [`things:${scope}`, `limit:${limit}`],
    isCacheable: ({ isLive }: List) => isLive === undefined,
  })
  list(@Param('id') id: string, @Query({ schema: List }) { limit }: List): object {
    calls += 1;
    if (id === 'bad') throw new RefusedError('refused');
    return { id, limit, call: calls, at: new Date(0), nothing: undefined, text: 'é'.repeat(2_000) };
  }

  @Get('slow/:id')
  @CachedResponse({ entity: 'http-slow', query: List, scope: () => 'a', ttlMs: 1_000 })
  async slow(): Promise<{ call: number }> {
    calls += 1;
    await released;
    return { call: calls };
  }

  @Get('nothing/:id')
  @CachedResponse({ entity: 'http-nothing', query: List, scope: () => 'a', ttlMs: 1_000 })
  nothing(): void {
    calls += 1;
  }

  @Post(':id')
  @CachedResponse({ entity: 'http-things', query: List, scope: () => 'a', ttlMs: 1 })
  change(): { call: number } {
    calls += 1;
    return { call: calls };
  }
}

describe('@CachedResponse', () => {
  let app: NestExpressApplication;
  let clock: FakeClock;
  let cache: MemoryCache;
  let gate: Gate;

  beforeEach(async () => {
    calls = 0;
    released = new Promise((resolve) => (release = resolve));
    clock = new FakeClock();
    cache = new MemoryCache(clock);
    gate = new Gate();
    @Module({
      controllers: [ThingsController],
      providers: [
        { provide: CacheService, useValue: cache },
        { provide: Clock, useValue: clock },
        { provide: ResponseCacheGate, useValue: gate },
      ],
    })
    class ThingsModule {}
    const compiled = await Test.createTestingModule({ imports: [ThingsModule] }).compile();
    app = compiled.createNestApplication<NestExpressApplication>({ logger: false });
    app.useGlobalPipes(
      new StandardSchemaValidationPipe({ exceptionFactory: (issues) => toInputError(issues) }),
    );
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => app.close());

  const ask = (path: string, headers: Record<string, string> = {}, method: 'get' | 'head' | 'post' = 'get') =>
    request(app.getHttpServer())
      [method](path)
      .set({ 'X-Tenant': 'a', ...headers });

  it('answers the same bytes on a hit as on a miss, with dates as text', async () => {
    const miss = await ask('/things/1');
    await clock.advance(2_600);
    const hit = await ask('/things/1');

    expect(calls).toBe(1);
    expect(miss.body).toMatchObject({
      success: true,
      data: { id: '1', limit: 20, at: '1970-01-01T00:00:00.000Z' },
    });
    expect(hit.text).toBe(miss.text);
    expect(miss.headers).toMatchObject({ 'x-cache': 'miss', age: '0' });
    expect(hit.headers).toMatchObject({
      'x-cache': 'hit',
      age: '2',
      'cache-control': 'private, no-cache',
      vary: 'Authorization, Accept-Encoding',
      'content-type': 'application/json; charset=utf-8',
      etag: miss.headers['etag'],
    });
    cache.isStale = true;
    expect((await ask('/things/1')).headers).toMatchObject({ 'x-cache': 'stale' });
  });

  it('keeps one entry for all spellings of a question', async () => {
    await ask('/things/1?from=2026-01-01T00:00:00Z&limit=20');
    await ask('/things/1?limit=20&from=2026-01-01T02:00:00%2B02:00');
    await ask('/things/1?from=2026-01-01T00:00:00.000Z');

    expect(calls).toBe(1);
    expect([...cache.entries.keys()]).toHaveLength(1);
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'is not got past by the parameter %s, which Nest ignores',
    async (name) => {
      await ask('/things/1');
      const { headers, status } = await ask(`/things/1?${name}=1`);

      expect([status, headers['x-cache'], calls]).toEqual([200, 'hit', 1]);
    },
  );

  it('answers nothing for a handler that returns nothing', async () => {
    const answers = [await ask('/things/nothing/1'), await ask('/things/nothing/1')];

    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, ''],
      [200, ''],
    ]);
    expect(calls).toBe(1);
  });

  it('keeps questions, paths and tenants apart', async () => {
    const answers = [await ask('/things/1'), await ask('/things/1?limit=21'), await ask('/things/2')];
    answers.push(await ask('/things/1', { 'X-Tenant': 'b' }));

    expect(answers.map(({ body }) => (body as { data: { call: number } }).data.call)).toEqual([1, 2, 3, 4]);
    expect(cache.asked[3]).toMatchObject({ options: { tags: ['things:b', 'limit:20'] } });
  });

  it('passes on how long an answer lives', async () => {
    await ask('/things/1');
    await ask('/things/1?from=2020-01-01T00:00:00Z');

    expect(cache.asked.map(({ options }) => [options.ttlMs, options.graceMs])).toEqual([
      [1_000, 500],
      [5_000, 500],
    ]);
  });

  it('answers 304 without a body to whoever has the answer, also to fetch', async () => {
    const { headers } = await ask('/things/1');
    const etag = headers['etag'] ?? '';

    for (const named of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const answer = await ask('/things/1', { 'If-None-Match': named, 'Cache-Control': 'no-cache' });

      expect([answer.status, answer.text]).toEqual([304, '']);
      expect(answer.headers).toMatchObject({ etag, vary: 'Authorization, Accept-Encoding', age: '0' });
    }
    expect((await ask('/things/1', { 'If-None-Match': '"other"' })).status).toBe(200);
    expect((await ask('/things/1?limit=3', { 'If-None-Match': etag })).status).toBe(200);
  });

  it('answers HEAD with the head of the GET', async () => {
    const got = await ask('/things/1');
    const head = await ask('/things/1', {}, 'head');

    expect(head.headers).toMatchObject({
      'x-cache': 'hit',
      etag: got.headers['etag'],
      'content-length': got.headers['content-length'],
    });
    expect([head.status, head.text]).toEqual([200, undefined]);
  });

  it('keeps no refusals: of the pipe, of the handler', async () => {
    for (const path of ['/things/1?limit=0', '/things/1?unknown=1', '/things/bad', '/things/bad']) {
      const answer = await ask(path);

      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers).not.toHaveProperty('x-cache');
    }
    expect(calls).toBe(2);
    expect(cache.entries.size).toBe(0);
  });

  it('leaves requests to the handler whose scope is not known, and other methods', async () => {
    const answers = [
      await request(app.getHttpServer()).get('/things/1'),
      await request(app.getHttpServer()).get('/things/1'),
      await ask('/things/1', {}, 'post'),
    ];

    expect(calls).toBe(3);
    expect(cache.asked).toEqual([]);
    expect(answers.map(({ headers }) => headers['x-cache'])).toEqual([undefined, undefined, undefined]);
  });

  it('asks the handler each time while it must not cache, in the same form', async () => {
    const live = await ask('/things/1?isLive=yes');
    gate.generation = undefined;
    const shut = await ask('/things/1');

    expect(cache.asked).toEqual([]);
    for (const { headers, status } of [live, shut]) {
      expect([status, headers['x-cache'], headers['age']]).toEqual([200, 'miss', '0']);
      expect(headers['etag']).toMatch(/^W\/"/);
    }
  });

  it('does not reach answers of another generation', async () => {
    await ask('/things/1');
    gate.generation = 1;
    await ask('/things/1');
    gate.generation = 0;
    const { headers } = await ask('/things/1');

    expect(headers['x-cache']).toBe('hit');
    expect(calls).toBe(2);
  });

  it('fails nobody when the caller goes away for whom the handler runs', async () => {
    const path = `${await app.getUrl()}/things/slow/1`;
    const leaving = new AbortController();
    const gone = fetch(path, { signal: leaving.signal });
    await eventually(() => expect(calls).toBe(1));
    const staying = fetch(path);
    await eventually(() => expect(cache.asked).toHaveLength(2));

    leaving.abort();
    await expect(gone).rejects.toThrow();
    release();

    expect(await (await staying).json()).toEqual({ success: true, data: { call: 1 } });
  });
});
