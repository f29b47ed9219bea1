import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { Logger } from '../../platform/logging/index.js';
import { sqlStateOf } from '../profile/figures.js';
import { availableSource, type InsightSource, unreadSource } from '../source.js';
import { type DeltaWindow, keyOf, type StatementDelta, StatementDeltas, sumOf } from './statement-deltas.js';
import { ServerStatementsRepository, type StatementsExtension } from './server-statements.repository.js';

const NAME = 'pg_stat_statements';
const MOST_READ = 2_000;
const MOST_KEPT = 5_000;
const MOST_TEXTS = 2_000;
const CREATE_AGAIN_MS = 3_600_000;

const PRELOAD = `Put pg_stat_statements into shared_preload_libraries, restart the server, and run CREATE EXTENSION pg_stat_statements.`;
const CREATE = 'Run CREATE EXTENSION pg_stat_statements in this database, as a superuser.';
const GRANT = 'Grant the role of DATABASE_URL pg_read_all_stats.';
const EXECUTE = 'Grant the role of DATABASE_URL EXECUTE on the function pg_stat_statements.';

const NOT_LOADED = '55000';
const NOT_PERMITTED = '42501';
/** The extension was dropped, or updated, while it was being read. */
const CHANGED = ['42P01', '42883', '42703', '3F000'];

/**
 * What the server says its statements cost, those of other clients included. Works in any schema and any version of the
 * extension; where it is missing, the reason and the remedy are told, and everything else works without.
 */
@Injectable()
export class ServerStatements {
  private extension: StatementsExtension | undefined;
  private deltas = new StatementDeltas();
  private totals = new Map<string, StatementDelta>();
  private gaps = new Set<string>();
  private latest: DeltaWindow | undefined;
  private startedAt: Date | undefined;
  private state: InsightSource = unreadSource(NAME);
  private createNotBeforeMs = -Infinity;
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly repository: ServerStatementsRepository,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get source(): InsightSource {
    return this.state;
  }

  /** Since when counters are added up; null while there are none. */
  get since(): Date | null {
    return this.startedAt ?? null;
  }

  /** What happened between the last two looks. */
  get window(): DeltaWindow | undefined {
    return this.latest;
  }

  /** Why `all` is not whole. */
  get missing(): readonly string[] {
    return [...this.gaps];
  }

  /** What statements did since `since`. */
  all(): readonly StatementDelta[] {
    return [...this.totals.values()];
  }

  /** Looks at the counters. @throws DatabaseUnavailableError */
  async look(): Promise<void> {
    try {
      this.extension ??= await this.find();
      if (this.extension !== undefined) await this.read(this.extension);
    } catch (error) {
      this.extension = undefined;
      this.state = refusal(error);
      if (!isForeseen(error)) throw error;
    }
  }

  /** Counts anew; the server's own counters are left alone. */
  reset(): void {
    this.totals = new Map();
    this.gaps = new Set();
    this.latest = undefined;
    this.startedAt = undefined;
    this.deltas = new StatementDeltas();
  }

  /** Texts by query id, as far as the server still has them. May hold what other clients wrote. */
  async textsOf(queryIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const unknown = queryIds.filter((id) => !this.texts.has(id));
    if (unknown.length > 0 && this.extension !== undefined) {
      const found = await this.repository.texts(this.extension, unknown);
      for (const [id, text] of found) this.texts.set(id, text);
      for (const oldest of this.texts.keys()) {
        if (this.texts.size <= MOST_TEXTS) break;
        this.texts.delete(oldest);
      }
    }
    return this.texts;
  }

  private async read(extension: StatementsExtension): Promise<void> {
    const info = await this.repository.info(extension);
    const rows = await this.repository.counters(extension, MOST_READ);
    const at = this.clock.now();
    this.startedAt ??= at;
    this.state = extension.mayReadAll
      ? availableSource(NAME)
      : limited('statements of other roles are hidden', GRANT);
    const window = this.deltas.take({ at, rows, info, isCutOff: rows.length >= MOST_READ });
    if (window === undefined) return;
    this.latest = window;
    for (const gap of window.gaps) this.gaps.add(gap);
    for (const delta of window.deltas) this.addUp(delta);
    if (this.totals.size > MOST_KEPT) this.keepCostliest();
  }

  private addUp(delta: StatementDelta): void {
    const key = keyOf(delta);
    const sum = this.totals.get(key);
    this.totals.set(key, sum === undefined ? delta : sumOf(sum, delta));
  }

  private keepCostliest(): void {
    const ranked = [...this.totals].sort(([, a], [, b]) => b.totalMs - a.totalMs);
    this.totals = new Map(ranked.slice(0, MOST_KEPT / 2));
    this.gaps.add('of more statements than are kept, the cheapest were forgotten');
  }

  /** Undefined when the extension cannot be used; `state` then says why. */
  private async find(): Promise<StatementsExtension | undefined> {
    const found = await this.repository.discover();
    if (!found.isLoaded) {
      this.state = unavailable('the server has not loaded the library', PRELOAD);
      return undefined;
    }
    if (found.schema !== null) return found;
    if (!found.isInstallable) {
      this.state = unavailable('the server does not have the files of the extension', PRELOAD);
      return undefined;
    }
    if (this.clock.monotonic() < this.createNotBeforeMs) return undefined;
    await this.create();
    this.logger.info('Created the extension pg_stat_statements');
    return this.repository.discover();
  }

  private async create(): Promise<void> {
    try {
      await this.repository.create();
    } catch (error) {
      // Where it is refused, each try is an error in the log of the server.
      this.createNotBeforeMs = this.clock.monotonic() + CREATE_AGAIN_MS;
      throw error;
    }
  }
}

function refusal(error: unknown): InsightSource {
  const sqlState = sqlStateOf(error);
  if (sqlState === NOT_LOADED) return unavailable('the server has not loaded the library', PRELOAD);
  if (sqlState === NOT_PERMITTED) {
    return unavailable('the role of DATABASE_URL may not create or read it', `${CREATE} ${EXECUTE}`);
  }
  if (error instanceof AppError) return unavailable(error.message, null);
  return unavailable('reading it failed; the log has the reason', null);
}

/** Told in the source's state; anything else is a failure of the job as well. */
function isForeseen(error: unknown): boolean {
  const sqlState = sqlStateOf(error) ?? '';
  return [NOT_LOADED, NOT_PERMITTED, ...CHANGED].includes(sqlState);
}

function unavailable(reason: string, remedy: string | null): InsightSource {
  return { name: NAME, state: 'unavailable', reason, remedy };
}

function limited(reason: string, remedy: string): InsightSource {
  return { name: NAME, state: 'limited', reason, remedy };
}
