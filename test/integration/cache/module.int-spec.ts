import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { z } from 'zod';
import {
  CachedResponse,
  CacheEvents,
  cacheKey,
  CacheModule,
  CacheService,
  tagOf,
} from '../../../src/cache/index.js';
import { ConfigModule, readSettings } from '../../../src/config/index.js';
import { LoggingModule } from '../../../src/platform/logging/index.js';
import { RedisModule } from '../../../src/platform/redis/index.js';
import { RuntimeModule } from '../../../src/platform/runtime/index.js';
import { TelemetryModule } from '../../../src/platform/telemetry/index.js';
import { redisUrl } from '../../support/test-servers.js';

const ListQuery = z.strictObject({ platform: z.string().optional() });

/** What somebody else's application may look like: docs/how-to/use-the-cache.md as code. */
@Injectable()
class Accounts {
  readonly names = new Map([['1', 'Ann']]);
  loads = 0;

  constructor(
    private readonly cache: CacheService,
    private readonly events: CacheEvents,
  ) {}

  name(id: string): Promise<string | null> {
    return this.cache.getOrLoad(cacheKey('account', id), () => {
      this.loads += 1;
      return this.names.get(id) ?? null;
    });
  }

  greeting(id: string): Promise<string> {
    return this.cache.getOrLoad(
      cacheKey('greeting', id),
      async () => `Hello ${String(await this.name(id))}`,
      {
        dependsOn: [cacheKey('account', id)],
      },
    );
  }

  async rename(id: string, name: string): Promise<void> {
    this.names.set(id, name);
    await this.events.announce({ type: 'account.updated', tenantId: 't', accountId: id });
  }
}

@Controller('accounts')
class AccountsController {
  constructor(private readonly accounts: Accounts) {}

  @Get()
  @CachedResponse({
    entity: 'http-accounts',
    query: ListQuery,
    scope: () => 't',
    ttlMs: 60_000,
    tags: (_query, tenantId) => [tagOf('accounts', tenantId)],
  })
  list(): Promise<(string | null)[]> {
    return Promise.all([...this.accounts.names.keys()].map((id) => this.accounts.name(id)));
  }
}

@Module({ controllers: [AccountsController], providers: [Accounts] })
class AccountsModule {}

describe.each([
  ['with Redis', () => ({ REDIS_URL: redisUrl() })],
  ['without Redis', () => ({})],
])('CacheModule in an application of its own, %s', (_title, env) => {
  let app: NestExpressApplication;
  let accounts: Accounts;

  beforeAll(async () => {
    const settings = readSettings({ LOG_LEVEL: 'silent', ...env() });
    const compiled = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(settings),
        RuntimeModule.forRoot(new AbortController().signal),
        LoggingModule,
        TelemetryModule,
        RedisModule,
        CacheModule.forRoot({ namespace: `module-int-${process.pid}` }),
        AccountsModule,
      ],
    }).compile();
    app = compiled.createNestApplication<NestExpressApplication>({ logger: false });
    await app.listen(0, '127.0.0.1');
    accounts = app.get(Accounts);
  });
  afterAll(() => app.close());

  it('loads once, and anew after what happened is announced, whatever depends on it included', async () => {
    expect([await accounts.name('1'), await accounts.greeting('1'), await accounts.name('1')]).toEqual([
      'Ann',
      'Hello Ann',
      'Ann',
    ]);
    expect(accounts.loads).toBe(1);

    await accounts.rename('1', 'Bea');

    expect([await accounts.greeting('1'), await accounts.name('1')]).toEqual(['Hello Bea', 'Bea']);
    expect(accounts.loads).toBe(2);
  });

  it('caches routes, and asks them anew after what happened is announced', async () => {
    const ask = () => request(app.getHttpServer()).get('/accounts');
    await ask();
    const kept = await ask();
    await accounts.rename('1', 'Cid');
    const fresh = await ask();

    expect(kept.headers['x-cache']).toBe('hit');
    expect([fresh.headers['x-cache'], fresh.body]).toEqual(['miss', { success: true, data: ['Cid'] }]);
    expect((await ask().set('If-None-Match', fresh.headers['etag'] ?? '')).status).toBe(304);
  });
});
