import { Controller, Get, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Express } from 'express';
import request from 'supertest';
import { AppModule } from '../../src/app.module.js';
import { readSettings } from '../../src/config/index.js';
import { sql } from '../../src/kernel/sql.js';
import { configureHttp } from '../../src/platform/http/index.js';
import { ApiKeys, type CallerIdentity, type Role, ROLES, Tenants } from '../../src/tenancy/index.js';
import { accessViolations, type Actor, declaredRoutes, readAnswer } from '../support/access-walker.js';
import { useTestDatabase } from '../support/test-database.js';

const ADMIN_KEY = `plim_root_${'s'.repeat(40)}`;
/** Stands in names of the default tenant only. */
const MARKER = 'marker-of-the-default-tenant';

@Controller('unguarded')
class UnguardedController {
  @Get()
  read(): { text: string } {
    return { text: 'nobody asked who I am' };
  }
}

const database = useTestDatabase({ isServed: true });
let app: NestExpressApplication;
let closedActors: readonly Actor[] = [];

async function start(host: string, controllers: Type[] = []): Promise<NestExpressApplication> {
  const settings = readSettings({
    HOST: host,
    DATABASE_URL: database.url,
    DATABASE_POOL_MIN: '0',
    LOG_LEVEL: 'silent',
    PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
  });
  const compiled = await Test.createTestingModule({
    imports: [AppModule.forRoot(settings)],
    controllers,
  }).compile();
  const started = compiled.createNestApplication<NestExpressApplication>({
    bodyParser: false,
    logger: false,
  });
  configureHttp(started);
  await started.init();
  return started;
}

async function makeActors(): Promise<Actor[]> {
  const [keys, tenants] = [app.get(ApiKeys), app.get(Tenants)];
  const [home] = await database.db.query<{ id: string }>(sql`SELECT id FROM tenants`);
  const root: CallerIdentity = {
    tenantId: home?.id ?? '',
    keyId: 'root',
    role: 'admin',
    isOperator: true,
  };
  const foreign = await tenants.create(root, { slug: 'foreign', name: 'Foreign' });
  const make = async (tenantId: string, role: Role) =>
    (await keys.create({ ...root, tenantId }, { name: MARKER, role })).key;
  const own = await Promise.all(
    ROLES.map(async (role) => ({
      name: `${role} of default`,
      role,
      isOperator: role === 'admin',
      key: await make(root.tenantId, role),
    })),
  );
  const revoked = await keys.create(root, { name: MARKER, role: 'admin' });
  await keys.revoke(root, revoked.id);
  const expired = await keys.create(root, { name: MARKER, role: 'admin' });
  await database.db.query(sql`UPDATE api_keys SET expires_at = '2020-01-01' WHERE id = ${expired.id}`);
  return [
    { name: 'anonymous' },
    ...own,
    { name: 'admin of a foreign tenant', role: 'admin', key: foreign.adminKey.key },
    { name: 'a revoked key', key: revoked.key },
    { name: 'an expired key', key: expired.key },
    { name: 'a wrong secret', key: `plim_root_${'t'.repeat(40)}` },
    { name: 'an unknown key', key: `plim_nobody_${'t'.repeat(40)}` },
    { name: 'a malformed key', key: 'plim_root' },
  ];
}

beforeAll(async () => {
  app = await start('0.0.0.0');
  closedActors = await makeActors();
}, 120_000);

afterAll(() => app.close());

describe('access to every route', () => {
  it('is what the route declares', async () => {
    expect(declaredRoutes(app).length).toBeGreaterThan(8);
    expect(await accessViolations(app, closedActors, false)).toEqual([]);
  });

  it('is what the route declares while metrics are open', async () => {
    const open = await start('127.0.0.1');
    try {
      expect(await accessViolations(open, closedActors, true)).toEqual([]);
    } finally {
      await open.close();
    }
  });

  it('shows nothing of one tenant to the admin of another', async () => {
    const foreign = closedActors.find(({ name }) => name.includes('foreign'));
    const paths = declaredRoutes(app).filter(({ method }) => method === 'get');

    const answers = await Promise.all(
      paths.map(({ path }) =>
        request(app.getHttpServer())
          .get(path)
          .buffer(true)
          .parse(readAnswer)
          .set('Authorization', `Bearer ${foreign?.key ?? ''}`),
      ),
    );
    const own = await request(app.getHttpServer())
      .get('/api/keys')
      .set('Authorization', `Bearer ${ADMIN_KEY}`);

    expect(own.text).toContain(MARKER);
    expect(answers.filter(({ text }) => text.includes(MARKER))).toEqual([]);
  });
});

describe('the walk itself (control)', () => {
  let flawed: NestExpressApplication;
  beforeAll(async () => {
    flawed = await start('0.0.0.0', [UnguardedController]);
  });
  afterAll(() => flawed.close());

  it('fails on a route that declares no access, which is closed nevertheless', async () => {
    const answer = await request(flawed.getHttpServer())
      .get('/unguarded')
      .set('Authorization', `Bearer ${ADMIN_KEY}`);

    expect(answer.status).toBe(403);
    expect(await accessViolations(flawed, [], false)).toEqual(['get /unguarded declares no access']);
  });

  it('fails on a route that is served past the controllers', async () => {
    const server: Express = flawed.getHttpAdapter().getInstance();
    server.get('/sneaky', (_request, response) => void response.end());

    expect(await accessViolations(flawed, [], false)).toContain('get /sneaky is served past the controllers');
  });
});
