import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AppModule } from '../../../src/app.module.js';
import { readSettings } from '../../../src/config/index.js';
import { configureHttp } from '../../../src/platform/http/index.js';
import { ANNOUNCE } from '../../../src/tenancy/index.js';
import { useTestDatabase } from '../../support/test-database.js';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly details?: { readonly issues?: readonly { readonly path: string }[] };
    readonly data?: {
      readonly id?: string;
      readonly key?: string;
      readonly revokedAt?: string | null;
      readonly adminKey?: { readonly key: string };
    };
    readonly meta?: { readonly nextCursor: string | null };
  };
}

describe('/api/keys, /api/tenants and /api/audit', () => {
  const database = useTestDatabase({ isServed: true });
  const announced: string[] = [];
  let app: NestExpressApplication;
  let admin = '';

  beforeAll(async () => {
    const settings = readSettings({
      DATABASE_URL: database.url,
      DATABASE_POOL_MIN: '0',
      LOG_LEVEL: 'silent',
    });
    const compiled = await Test.createTestingModule({ imports: [AppModule.forRoot(settings)] })
      .overrideProvider(ANNOUNCE)
      .useValue((line: string) => announced.push(line))
      .compile();
    app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureHttp(app);
    await app.init();
    admin = announced[0]?.split(': ')[1] ?? '';
  });
  afterAll(() => app.close());

  const send = async (
    method: 'get' | 'post' | 'delete',
    path: string,
    body?: object,
    key = admin,
  ): Promise<Answer> => {
    const pending = request(app.getHttpServer())[method](path).set('Authorization', `bearer ${key}`);
    const { status, body: answer } = await (body === undefined ? pending : pending.send(body));
    return { status, body: answer as Answer['body'] };
  };

  it('announces the first admin key once', () => {
    expect(announced).toEqual([expect.stringMatching(/^First admin key \(shown once\): plim_/)]);
  });

  it('makes, uses, lists and revokes a key', async () => {
    const made = await send('post', '/api/keys', {
      name: 'Büro 1',
      role: 'admin',
      expiresAt: '2999-01-01T00:00:00+01:00',
    });
    const listed = await send('get', '/api/keys?limit=1', undefined, made.body.data?.key);
    const revoked = await send('delete', `/api/keys/${made.body.data?.id ?? ''}`);
    const used = await send('get', '/api/keys', undefined, made.body.data?.key);

    expect(made).toMatchObject({
      status: 201,
      body: { success: true, data: { expiresAt: '2998-12-31T23:00:00.000Z' } },
    });
    expect(listed.body.data).toEqual([expect.objectContaining({ name: 'Büro 1', origin: 'api' })]);
    expect(listed.body.meta?.nextCursor).toEqual(made.body.data?.id);
    expect(JSON.stringify(listed.body)).not.toMatch(/secret|hash/i);
    expect(revoked.status).toBe(200);
    expect(revoked.body.data?.revokedAt).not.toBeNull();
    expect(used).toMatchObject({ status: 401, body: { code: 'TENANCY_KEY_INVALID' } });
  });

  it.each([
    ['name', { name: '', role: 'viewer' }],
    ['name', { name: 'x'.repeat(101), role: 'viewer' }],
    ['name', { name: 'a\u0000b', role: 'viewer' }],
    ['name', { name: 'half\ud800', role: 'viewer' }],
    ['role', { name: 'a', role: 'root' }],
    ['expiresAt', { name: 'a', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }],
    ['expiresAt', { name: 'a', role: 'viewer', expiresAt: '2999-01-01T00:00:00' }],
    ['', { name: 'a', role: 'viewer', tenantId: '2' }],
    ['', undefined],
  ])('answers 400 with the path "%s" for %j', async (path, body) => {
    const answer = await send('post', '/api/keys', body);

    expect(answer.status).toBe(400);
    expect(answer.body.details?.issues?.map((issue) => issue.path)).toContain(path);
  });

  it.each([
    '/api/keys?limit=0',
    '/api/keys?limit=1e3',
    '/api/audit?cursor=-1',
    '/api/audit?cursor=9999999999999999999',
    '/api/keys?x=1',
  ])('answers 400 to %s', async (path) => {
    expect((await send('get', path)).status).toBe(400);
  });

  it('answers 404 to an unknown key, whatever its id looks like', async () => {
    for (const id of ['nobody', '%00', '..%2f', 'x'.repeat(5_000)]) {
      expect(await send('delete', `/api/keys/${id}`)).toMatchObject({ status: 404 });
    }
  });

  it('makes a tenant whose first admin sees nothing of the others, and no tenants', async () => {
    const made = await send('post', '/api/tenants', { slug: 'acme', name: 'Acme' });
    const theirs = made.body.data?.adminKey?.key ?? '';

    const keys = await send('get', '/api/keys', undefined, theirs);
    const tenants = await send('get', '/api/tenants', undefined, theirs);
    const again = await send('post', '/api/tenants', { slug: 'acme', name: 'Acme' });

    expect(made.status).toBe(201);
    expect(keys.body.data).toEqual([expect.objectContaining({ name: 'First admin key' })]);
    expect(tenants).toMatchObject({ status: 403, body: { code: 'TENANCY_ROLE_TOO_LOW' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'TENANCY_SLUG_TAKEN' } });
  });

  it('records changes with the id of their request', async () => {
    await request(app.getHttpServer())
      .post('/api/keys')
      .set({ Authorization: `Bearer ${admin}`, 'X-Request-Id': 'ticket-4711' })
      .send({ name: 'Audited', role: 'viewer' });

    const { body } = await send('get', '/api/audit?limit=1');

    expect(body.data).toEqual([expect.objectContaining({ action: 'key.created', requestId: 'ticket-4711' })]);
  });
});
