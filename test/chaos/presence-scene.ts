import { sql } from '../../src/kernel/sql.js';
import { ADMIN_KEY, ApiClient, startApi } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import type { ServerProcess } from '../support/server-process.js';
import type { TestDatabase } from '../support/test-database.js';
import { Balancer } from './balancer.js';
import { ChaosWorker } from './chaos-worker.js';
import type { ClientsFigures, ClientsOrder, FromClients, ToClients } from './presence-messages.js';

const PROCESSES = 2;
/** As many as there are places: who comes back finds those of a dead instance taken. */
export const CLIENTS_PER_LAYOUT = 20;
const PAUSE_MS = 20;

/** Two instances behind a balancer, with a Redis, and processes full of clients. */
export class PresenceScene {
  private readonly workers: ChaosWorker<ToClients>[] = [];
  private readonly told = new Map<number, ClientsFigures>();
  private readonly writers: Promise<void>[] = [];
  private isWriting = true;
  writes = 0;
  layoutIds: string[] = [];

  private constructor(
    private readonly database: TestDatabase,
    readonly redis: RedisServer,
    readonly instances: readonly ServerProcess[],
    readonly balancer: Balancer,
  ) {}

  static async start(database: TestDatabase): Promise<PresenceScene> {
    const redis = await RedisServer.start();
    const env = {
      REDIS_URL: redis.url,
      WEBSOCKET_MAX_CONNECTIONS_PER_TENANT: '20000',
      WEBSOCKET_MAX_CONNECTIONS_PER_LAYOUT: String(CLIENTS_PER_LAYOUT),
      // All of them come from one address here.
      WEBSOCKET_CONNECTS_PER_SECOND: '20000',
    };
    const first = await startApi(database.url, env);
    const instances = [first, await startApi(database.url, env)];
    const balancer = await Balancer.start(instances.map(({ url }) => Number(new URL(url).port)));
    return new PresenceScene(database, redis, instances, balancer);
  }

  /** Layouts with a region each, and so many clients that follow them. */
  async fill(clients: number): Promise<void> {
    const api = this.api(1);
    for (let index = 0; index < clients / CLIENTS_PER_LAYOUT; index += 1) {
      const { body, text } = await api.post('/api/layouts', {
        name: `chaos ${this.redis.port} ${index}`,
        columns: 20,
        rows: 20,
      });
      const id = (body?.data as { id: string } | undefined)?.id;
      if (id === undefined) throw new Error(`No layout: ${text}`);
      await api.post(`/api/layouts/${id}/regions`, { x: 0, y: 0, width: 1, height: 1, kind: 'chart' });
      this.layoutIds.push(id);
    }
    const all = Array.from(
      { length: clients },
      (_, index) => this.layoutIds[index % this.layoutIds.length] ?? '',
    );
    for (let process = 0; process < PROCESSES; process += 1) {
      const layouts = all.filter((_, index) => index % PROCESSES === process);
      const order: ClientsOrder = {
        process,
        url: `ws://127.0.0.1:${this.balancer.port}/ws`,
        key: ADMIN_KEY,
        layouts,
      };
      this.workers.push(
        ChaosWorker.spawn('presence-worker.ts', order, (message) => {
          const told = message as FromClients;
          this.told.set(told.process, told.figures);
        }),
      );
    }
    await eventually(() => expect(this.figures()).toMatchObject({ open: clients, subscribed: clients }), {
      withinMs: 120_000,
    });
  }

  /** Changes regions through every instance, until `quiet`. What an instance does not answer may or may not be done. */
  write(): void {
    this.instances.forEach((_, instance) => this.writers.push(this.writeOn(instance)));
  }

  /** Ends the writing, and waits until every client has heard of the last change. */
  async quiet(): Promise<void> {
    this.isWriting = false;
    await Promise.all(this.writers);
    const wanted = await this.latest();
    await eventually(() => expect(this.figures().reached).toEqual(wanted), { withinMs: 60_000 });
  }

  /** Of all processes together. */
  figures(): ClientsFigures {
    const all = [...this.told.values()];
    const sum = (of: (figures: ClientsFigures) => number): number =>
      all.reduce((total, each) => total + of(each), 0);
    const reached: Record<string, number> = {};
    for (const [id, number] of all.flatMap((each) => Object.entries(each.reached))) {
      reached[id] = Math.min(number, reached[id] ?? Infinity);
    }
    return {
      open: sum(({ open }) => open),
      subscribed: sum(({ subscribed }) => subscribed),
      lastOpenedAtMs: Math.max(0, ...all.map(({ lastOpenedAtMs }) => lastOpenedAtMs)),
      connects: sum(({ connects }) => connects),
      events: sum(({ events }) => events),
      lost: sum(({ lost }) => lost),
      doubled: sum(({ doubled }) => doubled),
      gaps: sum(({ gaps }) => gaps),
      replayed: sum(({ replayed }) => replayed),
      stopped: all.flatMap(({ stopped }) => stopped),
      reached,
    };
  }

  port(instance: number): number {
    return Number(new URL(this.instances[instance]?.url ?? '').port);
  }

  api(instance: number): ApiClient {
    return new ApiClient(this.instances[instance]?.url ?? '');
  }

  /** @returns what processes of clients complained of */
  async close(): Promise<string> {
    this.isWriting = false;
    await Promise.allSettled(this.writers);
    for (const worker of this.workers) worker.tell({ kind: 'end' });
    const complaints = await Promise.all(this.workers.map((worker) => worker.ended()));
    this.balancer.stop();
    await Promise.all(this.instances.map((instance) => instance.kill()));
    await this.redis.stop();
    return complaints.join('');
  }

  private async writeOn(instance: number): Promise<void> {
    const api = this.api(instance);
    for (let count = instance; this.isWriting; count += 1) {
      const layoutId = this.layoutIds[count % this.layoutIds.length] ?? '';
      const region = { x: 2 + (count % 17), y: 2 + instance, width: 1, height: 1, kind: 'chart' };
      const answer = await api.post(`/api/layouts/${layoutId}/regions`, region).catch(() => undefined);
      if (answer?.status === 201) {
        this.writes += 1;
        const { id } = answer.body?.data as { id: string };
        await api.send(`/api/layouts/${layoutId}/regions/${id}`, { method: 'DELETE' }).catch(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async latest(): Promise<Record<string, number>> {
    const rows = await this.database.db.query<{ id: string; number: number }>(
      sql`SELECT id, last_operation::float8 AS number FROM layouts WHERE id = ANY (${this.layoutIds}::bigint[])`,
    );
    return Object.fromEntries(rows.map(({ id, number }) => [id, number]));
  }
}
