import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { type ClientOptions, WebSocket } from 'ws';
import { AppModule } from '../../src/app.module.js';
import { readSettings } from '../../src/config/index.js';
import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';
import { configureHttp } from '../../src/platform/http/index.js';
import {
  ApiKeys,
  type CallerIdentity,
  type CreatedKey,
  type Role,
  Tenants,
} from '../../src/tenancy/index.js';
import { eventually } from './eventually.js';

const ADMIN_SECRET = 's'.repeat(40);

/** A message from the server. */
export type Told = Readonly<Record<string, unknown>> & { readonly type: string };

/** How a connection ended. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A client that remembers what it was told. */
export class TestClient {
  readonly told: Told[] = [];
  ended: Ended | undefined;
  /** Status and body of an upgrade that was refused. */
  refused: { readonly status: number; readonly body: string; readonly retryAfter?: string } | undefined;
  failure: Error | undefined;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.told.push(JSON.parse(data.toString()) as Told));
    socket.on('close', (code, reason) => {
      this.ended = { code, reason: reason.toString() };
    });
    socket.on('error', (error) => {
      this.failure = error;
    });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        const retryAfter = response.headers['retry-after'];
        this.refused = {
          status: response.statusCode ?? 0,
          body,
          ...(retryAfter !== undefined && { retryAfter }),
        };
      });
    });
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The message of a type that comes next, or came already; messages are taken once. */
  async next(type: string): Promise<Told> {
    return eventually(() => {
      const index = this.told.findIndex((message) => message.type === type);
      const [found] = index < 0 ? [] : this.told.splice(index, 1);
      if (found !== undefined) return found;
      throw new Error(
        `No "${type}" came; told: ${JSON.stringify(this.told)}, ended: ${JSON.stringify(this.ended)}`,
      );
    });
  }

  /** What is answered to a message. */
  async ask(message: object, type: string): Promise<Told> {
    this.send(message);
    return this.next(type);
  }

  end(): Promise<Ended> {
    return eventually(() => {
      if (this.ended !== undefined) return this.ended;
      throw new Error(`The connection is open; told: ${JSON.stringify(this.told)}`);
    });
  }
}

/** An application with its gateway on a port of its own. */
export class TestGateway {
  readonly app: NestExpressApplication;
  private readonly clients: WebSocket[] = [];
  private count = 0;

  private constructor(
    app: NestExpressApplication,
    private readonly db: Database,
  ) {
    this.app = app;
  }

  static async start(
    { url, db }: { readonly url: string; readonly db: Database },
    env: Readonly<Record<string, string>> = {},
  ): Promise<TestGateway> {
    const settings = readSettings({
      DATABASE_URL: url,
      DATABASE_POOL_MIN: '0',
      LOG_LEVEL: 'silent',
      PLIMSOLL_ADMIN_KEY: `plim_root_${ADMIN_SECRET}`,
      SHUTDOWN_NOT_READY_MS: '0',
      ...env,
    });
    const compiled = await Test.createTestingModule({ imports: [AppModule.forRoot(settings)] }).compile();
    const app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureHttp(app);
    await app.listen(0, '127.0.0.1');
    return new TestGateway(app, db);
  }

  get port(): number {
    return (this.app.getHttpServer().address() as AddressInfo).port;
  }

  get adminKey(): string {
    return `plim_root_${ADMIN_SECRET}`;
  }

  /** The first admin of tenant `default`. */
  async root(): Promise<CallerIdentity> {
    const [home] = await this.db.query<{ id: string }>(sql`SELECT id FROM tenants WHERE slug = 'default'`);
    return { tenantId: home?.id ?? '', keyId: 'root', role: 'admin', isOperator: true };
  }

  /** An admin of a tenant of its own, with the text of its key. */
  async newTenant(): Promise<CallerIdentity & { readonly key: string }> {
    this.count += 1;
    // Several gateways may share a database.
    const slug = `tenant-${this.port}-${this.count}`;
    const { id, adminKey } = await this.app.get(Tenants).create(await this.root(), { slug, name: slug });
    return { tenantId: id, keyId: adminKey.id, role: 'admin', isOperator: false, key: adminKey.key };
  }

  newKey(admin: CallerIdentity, role: Role = 'editor', expiresAt?: Date): Promise<CreatedKey> {
    return this.app.get(ApiKeys).create(admin, { name: `A ${role}`, role, expiresAt });
  }

  /** A layout of the tenant, straight into the table: its making is not what is tested. */
  async newLayout({ tenantId, keyId }: CallerIdentity): Promise<string> {
    const [row] = await this.db.query<{ id: string }>(sql`
      INSERT INTO layouts (tenant_id, name, grid_columns, grid_rows, created_by)
      VALUES (${tenantId}, 'A layout', 12, 100, ${keyId}) RETURNING id`);
    return row?.id ?? '';
  }

  /** The text of a key that has expired. */
  async expiredKey(admin: CallerIdentity): Promise<string> {
    const { id, key } = await this.newKey(admin);
    await this.db.query(sql`UPDATE api_keys SET expires_at = '2020-01-01' WHERE id = ${id}`);
    return key;
  }

  /** A client on its way; `key` goes by Authorization. */
  client(
    key?: string,
    options: ClientOptions & { readonly path?: string } = {},
    protocols?: string[],
  ): TestClient {
    const { path = '/ws', headers, ...rest } = options;
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, protocols, {
      perMessageDeflate: false,
      ...rest,
      headers: { ...authorization, ...headers },
    });
    this.clients.push(socket);
    return new TestClient(socket);
  }

  /** A client that was welcomed. */
  async open(key: string): Promise<TestClient> {
    const client = this.client(key);
    await client.next('welcome');
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.terminate();
    await this.app.close();
  }
}
