import type { Clock } from '../../kernel/clock.js';
import type { Figures } from '../profile/figures.js';
import type { ProfiledStatement } from '../profile/fingerprint-table.js';
import type { QueryProfile } from '../profile/query-profile.js';
import type { BaselineHour, BaselineRepository } from './baseline.repository.js';
import { Distribution } from './distribution.js';
import type { PlanShape } from './plan-shape.js';
import type { Plans } from './plans.js';
import { type Comparison, judge, type Regression } from './regression.js';
import { WindowHistory } from './window-history.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The costliest of a window are kept and compared: the rest is noise, and the table is bounded. */
const MOST_STATEMENTS = 200;
/** Read at once; between batches requests get their turn. */
const BATCH = 20;
/** Windows that could not be written wait; of more, the oldest are lost. */
const MOST_UNSAVED_HOURS = 1_000;

/** What Baselines is made of. */
export interface BaselinesParts {
  readonly profile: QueryProfile;
  readonly repository: BaselineRepository;
  readonly plans: Plans;
  readonly clock: Clock;
  readonly retentionDays: number;
}

/**
 * What statements usually cost, and which of them cost more now. Each window of time is added to its hour in the
 * database, and compared with the same hour of other days, or where there are none with the last day.
 */
export class Baselines {
  private readonly history = new WindowHistory();
  private unsaved = new Map<string, { hour: Date; fingerprint: string; distribution: Distribution }>();
  private found: readonly Regression[] = [];
  private windowFrom: Date;
  private comparedAt: Date | null = null;
  private compared = 0;
  private prunedAt: Date | undefined;

  constructor(private readonly parts: BaselinesParts) {
    this.windowFrom = parts.clock.now();
  }

  /** Statements that are slower than usual, the one that costs most first. */
  get regressions(): readonly Regression[] {
    return this.found;
  }

  /** When statements were last compared, and how many had calls enough; null before the first time. */
  get lastComparison(): { readonly at: Date | null; readonly statements: number } {
    return { at: this.comparedAt, statements: this.compared };
  }

  /** Ends the present window: keeps it, and compares it. @throws DatabaseUnavailableError */
  async closeWindow(): Promise<void> {
    const taken = await this.parts.profile.takeWindow();
    const [from, to] = [this.windowFrom, this.parts.clock.now()];
    this.windowFrom = to;
    const costliest = [...taken].sort(([, a], [, b]) => b.totalMs - a.totalMs).slice(0, MOST_STATEMENTS);
    for (const [{ id }, figures] of costliest) {
      this.history.add(id, { from, to, figures });
      this.remember(id, hourOf(from), figures);
    }
    this.history.forget(new Date(to.getTime() - HOUR_MS));
    await this.parts.plans.refresh(costliest.map(([statement]) => statement));
    await this.save();
    await this.compare(costliest.map(([statement]) => statement));
    await this.prune(to);
  }

  /** Forgets all baselines, of all instances; other instances keep their last windows. Answers how many hours. */
  async reset(): Promise<number> {
    this.history.clear();
    this.unsaved.clear();
    this.found = [];
    this.parts.plans.clear();
    return this.parts.repository.clear();
  }

  private remember(fingerprint: string, hour: Date, figures: Figures): void {
    const key = `${hour.getTime()} ${fingerprint}`;
    const known = this.unsaved.get(key) ?? { hour, fingerprint, distribution: new Distribution() };
    known.distribution.add(figures);
    this.unsaved.set(key, known);
    for (const oldest of this.unsaved.keys()) {
      if (this.unsaved.size <= MOST_UNSAVED_HOURS) break;
      this.unsaved.delete(oldest);
    }
  }

  /** What cannot be written now is written with the next window. */
  private async save(): Promise<void> {
    const waiting = this.unsaved;
    this.unsaved = new Map();
    try {
      const hours = [...waiting.values()].map(({ hour, fingerprint, distribution }) => {
        const { calls, rows, totalMs } = distribution;
        const plan = this.parts.plans.known(fingerprint);
        const durations = distribution.encode();
        const shape = { plan: plan?.shape ?? null, planRows: plan?.rows ?? null };
        return { fingerprint, hour, calls, rows, totalMs, durations, ...shape };
      });
      await this.parts.repository.add(hours);
    } catch (error) {
      for (const [key, value] of waiting) if (!this.unsaved.has(key)) this.unsaved.set(key, value);
      throw error;
    }
  }

  private async compare(statements: readonly ProfiledStatement[]): Promise<void> {
    const comparisons: Comparison[] = [];
    for (let start = 0; start < statements.length; start += BATCH) {
      comparisons.push(...(await this.comparisonsOf(statements.slice(start, start + BATCH))));
    }
    this.found = judge(comparisons);
    this.compared = comparisons.length;
    this.comparedAt = this.parts.clock.now();
  }

  /** Each statement beside the hours it can be compared with. The hour of the present is left out: it is in there. */
  private async comparisonsOf(statements: readonly ProfiledStatement[]): Promise<Comparison[]> {
    const presents = statements.flatMap((statement) => {
      const present = this.history.present(statement.id);
      return present === undefined ? [] : [{ statement, present }];
    });
    const [earliest] = presents.map(({ present }) => present.from).sort((a, b) => a.getTime() - b.getTime());
    if (earliest === undefined) return [];
    const until = hourOf(earliest);
    const from = new Date(until.getTime() - this.parts.retentionDays * DAY_MS);
    const ids = presents.map(({ statement }) => statement.id);
    const hours = await this.parts.repository.comparable(ids, from, until);
    return presents.map(({ statement, present }) => {
      const own = hours.filter(({ fingerprint }) => fingerprint === statement.id);
      return {
        statement,
        present,
        recent: this.history.before(statement.id, until, present.from),
        hours: own,
        hour: until,
        plan: this.parts.plans.known(statement.id),
        planBefore: this.parts.plans.before(statement.id) ?? planOf(own),
      };
    });
  }

  private async prune(now: Date): Promise<void> {
    if (this.prunedAt !== undefined && now.getTime() - this.prunedAt.getTime() < HOUR_MS) return;
    await this.parts.repository.prune(new Date(now.getTime() - this.parts.retentionDays * DAY_MS));
    this.prunedAt = now;
  }
}

function hourOf(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / HOUR_MS) * HOUR_MS);
}

/** The plan of the latest hour that has one. */
function planOf(hours: readonly BaselineHour[]): PlanShape | undefined {
  const latest = hours
    .toSorted((a, b) => b.hour.getTime() - a.hour.getTime())
    .find(({ plan }) => plan !== null);
  return latest?.plan === undefined || latest.plan === null
    ? undefined
    : { shape: latest.plan, rows: latest.planRows ?? 0 };
}
