import { DatabaseUnavailableError } from '../../platform/database/index.js';
import type { SqlParser } from '../sql/parser.js';
import type { Catalog } from './catalog.js';
import { type Candidate, candidatesOf } from './core/candidates.js';
import { type Choice, choose, isWorthAdvice } from './core/choice.js';
import type { PlanEvaluator } from './core/evaluator.js';
import type { CatalogFacts } from './core/facts.js';
import { Estimates } from './core/model/estimates.js';
import { ModelEvaluator } from './core/model/model-evaluator.js';
import type { StatementModel } from './core/model/tree.js';
import { TreeReader } from './core/model/tree-reader.js';
import { ExpressionReader } from './core/plan/expression.js';
import { repaired } from './core/repairs.js';
import { type ReadableStatement, StatementReader } from './core/statement.js';
import { HypopgEvaluator } from './hypopg-evaluator.js';
import type { PlannerRepository } from './planner.repository.js';
import { shortlist } from './core/shortlist.js';

/** A statement of a workload. */
export interface WorkloadStatement {
  readonly text: string;
  readonly calls: number;
  readonly meanMs?: number;
}

/** What is known of one statement after the planner was asked. */
export interface StatementAnalysis {
  readonly statement: WorkloadStatement;
  readonly readable: ReadableStatement;
  readonly facts: CatalogFacts;
  readonly model: StatementModel;
  readonly candidates: readonly Candidate[];
  readonly evaluator: PlanEvaluator;
  readonly choice: Choice;
  /** How the statement may be written so that an index serves it. */
  readonly hints: readonly string[];
  readonly plannerCalls: number;
}

export interface NotExplained {
  readonly sql: string;
  readonly reason: string;
}

const READ_ONLY = '25006';
/** Repairs of one statement: each mends one fault of a text whose values were taken out. */
const MOST_REPAIRS = 5;

/** Brings a statement, the planner and the catalog together. */
export class StatementAnalyst {
  private readonly reader: StatementReader;
  private readonly expressions: ExpressionReader;

  constructor(
    parser: SqlParser,
    private readonly planner: PlannerRepository,
    private readonly catalog: Catalog,
  ) {
    this.reader = new StatementReader(parser);
    this.expressions = new ExpressionReader(parser);
  }

  async analyse(statement: WorkloadStatement): Promise<StatementAnalysis | NotExplained> {
    const reading = this.reader.read(statement.text);
    if ('refused' in reading) return { sql: statement.text, reason: reading.refused };
    const callsBefore = this.planner.calls;
    let readable: ReadableStatement = { ...reading, explained: repaired(reading.explained) };
    for (let attempt = 0; ; attempt += 1) {
      try {
        const found = await this.planner.inTransaction(() => this.study(readable));
        return { statement, readable, ...found, plannerCalls: this.planner.calls - callsBefore };
      } catch (error) {
        if (isOutage(error)) throw error;
        const better =
          readable.parameters > 0 && attempt < MOST_REPAIRS ? repaired(readable.explained, error) : undefined;
        if (better === undefined || better === readable.explained)
          return { sql: statement.text, reason: messageOf(error) };
        readable = { ...readable, explained: better };
      }
    }
  }

  private async study(readable: ReadableStatement) {
    const plan = await this.planner.explain(readable.explained, readable.parameters);
    const facts = await this.catalog.factsFor(plan);
    const model = new TreeReader(this.expressions, facts, (node) => this.catalog.tableOf(node)).read(
      plan,
      readable.orderBy,
    );
    const hints = [
      ...new Set(model.scans.flatMap(({ qualifiers }) => qualifiers.flatMap(({ hint }) => hint ?? []))),
    ];
    const estimates = new Estimates();
    if (!isWorthAdvice(model.cost)) {
      const evaluator = new ModelEvaluator(model, estimates, facts.settings);
      const choice: Choice = { indexes: [], before: model.cost, after: model.cost };
      return { facts, model, candidates: [], evaluator, choice, hints: [] };
    }
    const questions = Estimates.questions(model.scans);
    for (const [index, rows] of await this.planner.estimateRows(questions)) {
      const question = questions[index];
      if (question !== undefined) estimates.answer(question, rows);
    }
    return { facts, model, hints, ...(await this.choose({ readable, facts, model, estimates })) };
  }

  private async choose({ readable, facts, model, estimates }: Studied) {
    const byModel = new ModelEvaluator(model, estimates, facts.settings);
    const all = candidatesOf(model, estimates, facts);
    const modelled = await choose(all, byModel, model.cost);
    if (!this.planner.canPretend) return { candidates: all, evaluator: byModel, choice: modelled };
    const evaluator = new HypopgEvaluator(this.planner, readable);
    const candidates = shortlist(all, byModel, modelled.indexes);
    const choice = await choose(candidates, evaluator, model.cost);
    // Of GIN and GiST hypopg knows nothing.
    const isBeyond =
      choice.indexes.length === 0 && modelled.indexes.some(({ shape }) => shape.method !== 'btree');
    return isBeyond
      ? { candidates: all, evaluator: byModel, choice: modelled }
      : { candidates, evaluator, choice };
  }
}

interface Studied {
  readonly readable: ReadableStatement;
  readonly facts: CatalogFacts;
  readonly model: StatementModel;
  readonly estimates: Estimates;
}

/** Nobody answers: that is no fault of the statement. What a READ ONLY transaction refuses is. */
function isOutage(error: unknown): boolean {
  const { code } = (error instanceof DatabaseUnavailableError ? error.cause : {}) as { code?: unknown };
  return error instanceof DatabaseUnavailableError && code !== READ_ONLY;
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
