import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../src/kernel/sql.js';
import { AlertScene } from '../support/alert-delivery.js';
import { eventually } from '../support/eventually.js';
import { Random } from '../support/random.js';
import type { Database } from '../../src/platform/database/index.js';
import {
  ALERTS,
  type DeliveryOrder,
  type FromDeliveryWorker,
  type ToDeliveryWorker,
} from './alert-delivery-messages.js';
import { ChaosWorker } from './chaos-worker.js';
import { CountingReceiver } from './counting-receiver.js';
import { type DeliveryVerdict, judgeDelivery, type OutboxEnd } from './delivery-judge.js';
import { monotonicMs } from './monotonic.js';

const RULES = 30;
const RECEIVERS = 12;
const PROCESSES = 2;
const READY_MS = 60_000;
const DRAINED_MS = 180_000;
const SHORTEST_LIFE_MS = 300;

/** What a run is to do. */
export interface DeliveryRunOptions {
  readonly seed: number;
  readonly transitions: number;
  readonly kills: number;
  readonly isCareful: boolean;
}

/** Where a run is, in a test or in a bench. */
export interface RunDatabase {
  readonly db: Database;
  readonly url: string;
}

/** What came of a run. */
export interface DeliveryReport extends DeliveryVerdict {
  readonly kills: number;
  readonly refused: number;
  readonly messages: number;
  readonly seconds: number;
  readonly complaints: readonly string[];
}

/** Two processes that change alerts and tell receivers of them, one of which is killed now and then. */
export class AlertDeliveryRun {
  private readonly random: Random;
  private readonly killsMs: number[] = [];
  private readonly complaints: string[] = [];
  private readonly ready = new Set<number>();
  private readonly workers = new Map<number, ChaosWorker<ToDeliveryWorker>>();
  private started = 0;

  private constructor(
    private readonly options: DeliveryRunOptions,
    private readonly database: RunDatabase,
    private readonly receiver: CountingReceiver,
  ) {
    this.random = new Random(options.seed);
  }

  static async run(options: DeliveryRunOptions, database: RunDatabase): Promise<DeliveryReport> {
    const receiver = await CountingReceiver.start(new Random(options.seed + 1));
    try {
      return await new AlertDeliveryRun(options, database, receiver).go();
    } finally {
      await receiver.stop();
    }
  }

  private async go(): Promise<DeliveryReport> {
    const beganAtMs = monotonicMs();
    await this.prepare();
    await Promise.all(Array.from({ length: PROCESSES }, (_, slot) => this.start(slot)));
    while (
      this.killsMs.length < this.options.kills ||
      (await this.committed()).length < this.options.transitions
    ) {
      await pause(SHORTEST_LIFE_MS + this.random.below(1_500));
      if (this.killsMs.length < this.options.kills) await this.kill(this.random.below(PROCESSES));
    }
    await eventually(async () => demand((await this.waiting()) === 0, 'Something still waits.'), {
      withinMs: DRAINED_MS,
    });
    await this.end();
    return this.report((monotonicMs() - beganAtMs) / 1_000);
  }

  private async prepare(): Promise<void> {
    const { db } = this.database;
    await db.query(sql`DROP TABLE IF EXISTS chaos_transition`);
    await db.query(sql`
      CREATE TABLE chaos_transition (receiver_id bigint, fingerprint text, starts_at timestamptz, transition text)`);
    await db.query(sql`TRUNCATE alert_receivers, alert_rules, alert_instances RESTART IDENTITY CASCADE`);
    const scene = new AlertScene(db);
    for (let index = 0; index < RECEIVERS; index += 1) {
      await scene.receiver({ secrets: { url: this.receiver.urlOf(index + 1) }, groupBy: ['part'] });
    }
    for (let index = 0; index < RULES; index += 1) await scene.rule(`rule ${index}`);
    await db.query(sql`
      INSERT INTO alert_rule_receivers SELECT rule.id, 1 + (rule.id * 7 + told) % ${RECEIVERS}
      FROM alert_rules AS rule, generate_series(0, 1) AS told WHERE told = 0 OR rule.id % 3 = 0`);
    await db.query(sql`
      INSERT INTO alert_instances (tenant_id, rule_id, fingerprint, labels, state, state_since, evaluated_at)
      SELECT 1, 1 + alert % ${RULES}, lpad(to_hex(alert), 16, '0'), jsonb_build_object('part', (alert % 4)::text),
        'normal', now(), now() FROM generate_series(1, ${ALERTS}::integer) AS alert`);
  }

  private async start(slot: number): Promise<void> {
    this.started += 1;
    const { seed, isCareful, transitions } = this.options;
    const order: DeliveryOrder = {
      process: this.started,
      databaseUrl: this.database.url,
      seed,
      isCareful,
      transitions,
    };
    const worker = ChaosWorker.spawn<ToDeliveryWorker>('alert-delivery-worker.ts', order, (message) =>
      this.hear(message as FromDeliveryWorker, order.process),
    );
    this.workers.set(slot, worker);
    await eventually(() => demand(this.ready.has(order.process), 'A process is not ready.'), {
      withinMs: READY_MS,
    });
    worker.tell({ kind: 'begin' });
  }

  private hear(message: FromDeliveryWorker, process: number): void {
    if (message.kind === 'ready') this.ready.add(process);
    else this.complaints.push(...message.complaints);
  }

  private async kill(slot: number): Promise<void> {
    this.killsMs.push(monotonicMs());
    this.workers.get(slot)?.kill();
    await this.start(slot);
  }

  private async end(): Promise<void> {
    for (const worker of this.workers.values()) worker.tell({ kind: 'end' });
    for (const worker of this.workers.values()) this.complaints.push(await worker.ended());
  }

  private async waiting(): Promise<number> {
    const [row] = await this.database.db.query<{ rows: number }>(
      sql`SELECT count(*)::int AS rows FROM alert_outbox WHERE state = 'waiting'`,
    );
    return row?.rows ?? 0;
  }

  private async committed(): Promise<string[]> {
    const rows = await this.database.db.query<{ key: string }>(sql`
      SELECT concat_ws(':', fingerprint, to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        transition, receiver_id) AS key FROM chaos_transition`);
    return rows.map(({ key }) => key);
  }

  private async report(seconds: number): Promise<DeliveryReport> {
    const outbox = await this.database.db.query<OutboxEnd>(
      sql`SELECT dedup_key AS "dedupKey", state FROM alert_outbox`,
    );
    const { killsMs, receiver } = this;
    const committed = await this.committed();
    return {
      ...judgeDelivery({ committed, outbox, taken: receiver.taken, killsMs }),
      kills: killsMs.length,
      refused: receiver.refused,
      messages: new Set(receiver.taken.map(({ messageKey }) => messageKey)).size,
      seconds: Math.round(seconds * 10) / 10,
      complaints: this.complaints.filter((text) => text !== ''),
    };
  }
}

function demand(isMet: boolean, problem: string): void {
  if (!isMet) throw new Error(problem);
}
