import { AppError } from '../../kernel/app-error.js';
import type { Clock } from '../../kernel/clock.js';
import { StatementTimeoutError, TransactionConflictError } from '../../platform/database/index.js';
import type { ProfiledStatement } from '../profile/fingerprint-table.js';
import type { PlanRepository } from './plan.repository.js';
import type { PlanShape } from './plan-shape.js';

const KINDS = ['select', 'insert', 'update', 'delete', 'merge'];
/** Longer texts are not kept whole. */
const LONGEST_TEXT = 4_096;
const MOST_AT_ONCE = 60;
const MOST_KEPT = 1_000;

/** Texts that the planner refused are asked for again after this time: each refusal is a line in the server's log. */
const REFUSED_FOR_MS = 3_600_000;

interface KnownPlan {
  /** Undefined where the planner cannot be asked. */
  readonly plan: PlanShape | undefined;
  /** The last one of another shape. */
  readonly before: PlanShape | undefined;
  readonly askedAtMs: number;
}

/** Generic plans of the costliest statements, asked for again and again: they change without a word. */
export class Plans {
  private readonly plans = new Map<string, KnownPlan>();

  constructor(
    private readonly repository: PlanRepository,
    private readonly clock: Clock,
  ) {}

  known(fingerprint: string): PlanShape | undefined {
    return this.plans.get(fingerprint)?.plan;
  }

  /** The last one that had another shape, as far as this process remembers. */
  before(fingerprint: string): PlanShape | undefined {
    return this.plans.get(fingerprint)?.before;
  }

  clear(): void {
    this.plans.clear();
  }

  /** Asks for the plans of the first 60 that have one. @throws DatabaseUnavailableError */
  async refresh(statements: readonly ProfiledStatement[]): Promise<void> {
    const due = statements.filter((statement) => isExplainable(statement) && this.isDue(statement.id));
    for (const { id, text } of due.slice(0, MOST_AT_ONCE)) this.note(id, await this.ask(text));
    for (const oldest of this.plans.keys()) {
      if (this.plans.size <= MOST_KEPT) break;
      this.plans.delete(oldest);
    }
  }

  private note(id: string, plan: PlanShape | undefined): void {
    const known = this.plans.get(id);
    const hasChanged = known?.plan !== undefined && known.plan.shape !== plan?.shape;
    // Moved to the end: those asked for last stay.
    this.plans.delete(id);
    this.plans.set(id, {
      plan,
      before: hasChanged ? known.plan : known?.before,
      askedAtMs: this.clock.monotonic(),
    });
  }

  private isDue(fingerprint: string): boolean {
    const known = this.plans.get(fingerprint);
    if (known === undefined || known.plan !== undefined) return true;
    return this.clock.monotonic() - known.askedAtMs >= REFUSED_FOR_MS;
  }

  /**
   * Tables come and go or are locked, and some parameters have no type by themselves: then there is no plan to compare.
   * One such statement must not keep the figures of all others from being saved and compared.
   */
  private async ask(text: string): Promise<PlanShape | undefined> {
    try {
      return await this.repository.genericPlan(text);
    } catch (error) {
      if (error instanceof AppError && !isOfStatement(error)) throw error;
      return undefined;
    }
  }
}

/** The server answered: it is this statement that it could not plan now. */
function isOfStatement(error: AppError): boolean {
  return error instanceof StatementTimeoutError || error instanceof TransactionConflictError;
}

function isExplainable({ kind, text }: ProfiledStatement): boolean {
  return KINDS.includes(kind) && text.length < LONGEST_TEXT;
}
