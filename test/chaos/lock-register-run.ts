import { eventually } from '../support/eventually.js';
import { Random } from '../support/random.js';
import { RedisServer } from '../support/redis-server.js';
import type { TestDatabase } from '../support/test-database.js';
import { ChaosWorker } from './chaos-worker.js';
import type {
  FromRegisterWorker,
  RegisterFigures,
  RegisterOrder,
  ToRegisterWorker,
} from './lock-register-messages.js';
import { monotonicMs } from './monotonic.js';
import { ProcessStops } from './process-stops.js';
import { Registers } from './registers.js';

const PROCESSES = 3;
const REGISTERS = 4;
const BLOCKED_MS = 300;
const LOOK_MS = 100;

/** What a run is to do. */
export interface RegisterRunOptions {
  readonly seed: number;
  /** One: locks of one Redis. More: locks by their vote. */
  readonly masters: number;
  /** So many masters are killed midway, and do not come back. */
  readonly killed: number;
  readonly isFenced: boolean;
  readonly leastUpdates: number;
  /** 0: no process is ever stopped. */
  readonly leastStops: number;
  readonly shortestTtlMs: number;
  readonly longestTtlMs: number;
}

/** What came of a run. */
export interface RegisterReport {
  readonly acquired: number;
  readonly acknowledged: number;
  /** Updates whose commit got no answer, and how many of them the database has. */
  readonly unknown: number;
  readonly unknownCommitted: number;
  /** Acknowledged updates whose commit the database does not have. */
  readonly vanished: number;
  /** Committed updates that were overwritten. */
  readonly lost: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly stops: number;
  readonly stopsAfterRead: number;
  readonly killed: number;
  readonly seconds: number;
  readonly complaints: readonly string[];
}

/** Three processes that increment registers in PostgreSQL under locks, and are stopped while they hold them. */
export class LockRegisterRun {
  private readonly figures: RegisterFigures[] = [];
  private readonly complaints: string[] = [];
  private readonly random: Random;
  private readonly registers: Registers;
  private readonly stops: ProcessStops;
  private readonly workers: ChaosWorker<ToRegisterWorker>[] = [];
  private ready = 0;
  private killed = 0;

  private constructor(
    private readonly options: RegisterRunOptions,
    private readonly database: TestDatabase,
    private readonly masters: readonly RedisServer[],
  ) {
    const { seed, longestTtlMs } = options;
    this.random = new Random(seed);
    this.registers = new Registers(database.db);
    const { workers, registers, random } = this;
    this.stops = new ProcessStops({ workers, registers, random, leastMs: longestTtlMs + BLOCKED_MS });
  }

  static async run(options: RegisterRunOptions, database: TestDatabase): Promise<RegisterReport> {
    const masters = await Promise.all(Array.from({ length: options.masters }, () => RedisServer.start()));
    try {
      return await new LockRegisterRun(options, database, masters).run();
    } finally {
      await Promise.all(masters.map((master) => master.stop()));
    }
  }

  private async run(): Promise<RegisterReport> {
    await this.registers.create(REGISTERS);
    for (const order of this.orders()) {
      this.workers.push(
        ChaosWorker.spawn('lock-register-worker.ts', order, (message) =>
          this.hear(message as FromRegisterWorker),
        ),
      );
    }
    let seconds = NaN;
    try {
      await eventually(() => expect(this.ready).toBe(PROCESSES), { withinMs: 30_000 });
      const startedAtMs = monotonicMs();
      for (const worker of this.workers) worker.tell({ kind: 'begin' });
      await this.untilDone();
      seconds = (monotonicMs() - startedAtMs) / 1_000;
    } finally {
      for (const worker of this.workers) worker.tell({ kind: 'end' });
      for (const worker of this.workers) this.complaints.push(await worker.ended());
    }
    return this.report(seconds);
  }

  private async untilDone(): Promise<void> {
    const { leastUpdates, leastStops } = this.options;
    for (;;) {
      const updates = await this.registers.countCommitted();
      if (updates >= leastUpdates / 2) await this.killMasters();
      if (updates >= leastUpdates && this.stops.count >= leastStops) return;
      if (leastStops > 0) await this.stops.next();
      else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  private async killMasters(): Promise<void> {
    const alive = [...this.masters];
    while (this.killed < this.options.killed) {
      const [victim] = alive.splice(this.random.below(alive.length), 1);
      await victim?.kill();
      this.killed += 1;
    }
  }

  private hear(message: FromRegisterWorker): void {
    if (message.kind === 'ready') this.ready += 1;
    else if (message.kind === 'read') this.stops.heardRead(message);
    else this.figures.push(message.figures);
  }

  private orders(): RegisterOrder[] {
    const { seed, isFenced, shortestTtlMs, longestTtlMs } = this.options;
    return Array.from({ length: PROCESSES }, (_, process) => ({
      process,
      databaseUrl: this.database.url,
      masters: this.masters.map(({ url }) => url),
      seed,
      registers: REGISTERS,
      shortestTtlMs,
      longestTtlMs,
      blockedMs: BLOCKED_MS,
      isFenced,
    }));
  }

  private async report(seconds: number): Promise<RegisterReport> {
    const { registers, figures } = this;
    const total = (count: (figures: RegisterFigures) => number): number =>
      figures.reduce((sum, of) => sum + count(of), 0);
    const acknowledged = total((of) => of.acknowledged);
    const unknown = figures.flatMap((of) => of.unknown);
    const unknownCommitted = await registers.countCommittedOf(unknown);
    const committed = await registers.countCommitted();
    const refused: Record<string, number> = {};
    for (const [code, count] of figures.flatMap((of) => Object.entries(of.refused))) {
      refused[code] = (refused[code] ?? 0) + count;
    }
    return {
      acquired: total((of) => of.acquired),
      acknowledged,
      unknown: unknown.length,
      unknownCommitted,
      vanished: acknowledged + unknownCommitted - committed,
      lost: committed - (await registers.sum()),
      refused,
      stops: this.stops.count,
      stopsAfterRead: this.stops.aimed,
      killed: this.killed,
      seconds: Math.round(seconds * 10) / 10,
      complaints: [...this.complaints, ...figures.flatMap((of) => of.complaints)].filter(
        (text) => text !== '',
      ),
    };
  }
}
