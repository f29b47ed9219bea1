import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AppModule } from '../../../src/app.module.js';
import { readSettings } from '../../../src/config/index.js';
import { configureHttp } from '../../../src/platform/http/index.js';

/** Of tenant `default`. */
export const ADMIN_KEY = `plim_root_${'s'.repeat(40)}`;
const NAMESPACE = `http-int-${process.pid}`;

/** An instance of its own, with or without Redis. */
export async function startInstance(
  databaseUrl: string,
  env: Record<string, string>,
): Promise<NestExpressApplication> {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_MIN: '0',
    LOG_LEVEL: 'silent',
    PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
    CACHE_NAMESPACE: NAMESPACE,
    ...env,
  });
  const compiled = await Test.createTestingModule({ imports: [AppModule.forRoot(settings)] }).compile();
  const app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

/** What the tests look at in an answer. */
export interface Seen {
  readonly status: number;
  readonly cache: string | undefined;
  readonly text: string;
  readonly etag: string;
  readonly count: number;
}

/** Asks for statistics, or for a path. */
export async function ask(
  app: NestExpressApplication,
  query: string,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const path = query.startsWith('/') ? query : `/api/metrics/stats?${query}`;
  const answer = await request(app.getHttpServer())
    .get(path)
    .set({ Authorization: `Bearer ${ADMIN_KEY}`, ...headers });
  const { data = [] } = answer.body as { data?: { count: number }[] };
  return {
    status: answer.status,
    cache: answer.headers['x-cache'],
    text: answer.text,
    etag: answer.headers['etag'] ?? '',
    count: data.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Posts events. */
export async function post(
  app: NestExpressApplication,
  body: object,
  headers: Record<string, string> = {},
): Promise<void> {
  const { status } = await request(app.getHttpServer())
    .post('/api/metrics/events')
    .set({ Authorization: `Bearer ${ADMIN_KEY}`, ...headers })
    .send(body);
  expect(status).toBe(201);
}

/** An event, as it is posted. */
export const event = (scraperSource: string, metricType = 'price', createdAt?: Date) => ({
  scraperSource,
  metricType,
  scrapeDurationMs: 10,
  success: true,
  ...(createdAt && { createdAt: createdAt.toISOString() }),
});
