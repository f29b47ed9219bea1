import type { Clock } from '../../kernel/clock.js';
import type { StatementWatcher } from '../../platform/database/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { MetricRegistry } from '../../platform/telemetry/index.js';
import type { Figures } from './figures.js';
import { FingerprintTable, type ProfiledStatement } from './fingerprint-table.js';
import { Fingerprints } from './fingerprints.js';
import { ProfileMetrics } from './profile-metrics.js';
import { SlowLog } from './slow-log.js';
import { StatementProfile } from './statement-profile.js';
import { TextTable } from './text-table.js';

const MOST_TEXTS = 5_000;
const MOST_STATEMENTS = 5_000;

/** What QueryProfile needs of the world. */
export interface QueryProfileSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: MetricRegistry;
  readonly slowMs: number;
  /** Texts and fingerprints that are told apart. */
  readonly maxTexts?: number;
}

/**
 * What the statements of this process cost, by fingerprint. The hot path knows texts alone (StatementProfile);
 * whoever reads has them folded into fingerprints first, so that nothing is parsed while nobody asks.
 */
export class QueryProfile {
  readonly slowLog: SlowLog;
  readonly watcher: StatementWatcher;
  private readonly profile: StatementProfile;
  private readonly texts: TextTable;
  private readonly statements = new FingerprintTable(MOST_STATEMENTS);
  private readonly fingerprints: Fingerprints;
  private startedAt: Date;
  private folding: Promise<void> | undefined;

  constructor(private readonly around: QueryProfileSurroundings) {
    const { clock, logger, registry, slowMs, maxTexts = MOST_TEXTS } = around;
    this.texts = new TextTable(maxTexts);
    this.slowLog = new SlowLog(clock, logger);
    this.fingerprints = new Fingerprints(clock);
    const metrics = new ProfileMetrics(registry, () => this.texts.size);
    this.profile = new StatementProfile({
      texts: this.texts,
      slowLog: this.slowLog,
      metrics,
      clock,
      slowMs,
    });
    this.watcher = this.profile;
    this.startedAt = clock.now();
  }

  /** Since when figures are counted. */
  get since(): Date {
    return this.startedAt;
  }

  /** Statements that found no place. */
  get other(): Figures {
    return this.statements.other;
  }

  /** Statements by fingerprint, up to this moment. */
  async read(): Promise<readonly ProfiledStatement[]> {
    await this.fold();
    return this.statements.all();
  }

  /** What ran since the last call. */
  async takeWindow(): Promise<Map<ProfiledStatement, Figures>> {
    await this.fold();
    return this.statements.takeWindow();
  }

  /** Makes room when the table of texts is full. */
  async makeRoom(): Promise<void> {
    if (this.texts.isFull) await this.fold();
  }

  /** Notes that the backend `pid` was seen waiting, when a statement of this process runs there. */
  noteWait(pid: number, event: string): void {
    this.profile.runningOn(pid)?.figures.recordWait(event);
  }

  reset(): void {
    this.texts.restart();
    this.statements.clear();
    this.slowLog.clear();
    this.startedAt = this.around.clock.now();
  }

  stop(): Promise<void> {
    return this.fingerprints.stop();
  }

  private fold(): Promise<void> {
    this.folding ??= this.foldNow().finally(() => {
      this.folding = undefined;
    });
    return this.folding;
  }

  private async foldNow(): Promise<void> {
    const unresolved = this.texts.unresolved();
    const found = unresolved.length > 0 ? await this.fingerprints.resolve(unresolved) : [];
    for (const [index, entry] of unresolved.entries()) {
      const fingerprint = found[index];
      if (fingerprint !== undefined) this.texts.resolve(entry, fingerprint);
    }
    for (const [entry, figures] of this.texts.drain()) this.statements.add(entry, figures);
    this.statements.addOther(this.texts.takeOther());
  }
}
