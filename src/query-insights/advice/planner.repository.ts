import { sql, type SqlFragment, trustedSql } from '../../kernel/sql.js';
import type { Queryable } from '../../platform/database/index.js';
import { ddlOf } from './core/ddl.js';
import type { Candidate } from './core/candidates.js';
import { fromClause, type RowsQuestion } from './core/model/estimates.js';
import { nodesOf, type PlanNode } from './core/plan/plan-node.js';

/** The planner's bounds: it must never wait, and never be waited for. */
const BEGIN = trustedSql(
  'BEGIN READ ONLY; SET LOCAL statement_timeout = 1500; SET LOCAL lock_timeout = 200; ' +
    'SET LOCAL standard_conforming_strings = on',
);
const PREPARED = 'plimsoll_advice';

type PlanRow = Readonly<Record<'QUERY PLAN', readonly { readonly Plan: PlanNode }[]>>;

/** Asks the planner, and nobody else: nothing is executed, and nothing is created. */
export class PlannerRepository {
  /** Questions that were asked. */
  calls = 0;
  private isPrepared = false;
  private isPretending = false;

  constructor(
    private readonly db: Queryable,
    private readonly hypopgSchema: string | undefined,
  ) {}

  get canPretend(): boolean {
    return this.hypopgSchema !== undefined;
  }

  /** Each statement gets a transaction of its own, because a refused one ends it. */
  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.db.query(BEGIN);
      return await work();
    } finally {
      await this.db.query(sql`ROLLBACK`);
      await this.forgetPrepared();
      await this.forgetPretended();
    }
  }

  /** The plan of a statement that was checked to be one. @param parameters highest `$n`, whose values are unknown */
  async explain(text: string, parameters: number): Promise<PlanNode> {
    this.calls += 1;
    if (parameters === 0) return this.planOf(trustedSql(`EXPLAIN (VERBOSE, FORMAT JSON) ${text}`));
    const nulls = Array.from({ length: parameters }, () => 'NULL').join(', ');
    await this.prepare(text);
    await this.db.query(sql`SET LOCAL plan_cache_mode = force_generic_plan`);
    return this.planOf(trustedSql(`EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE ${PREPARED}(${nulls})`));
  }

  /** Anew each time: a generic plan is kept, and would know of pretended indexes that are gone. */
  private async prepare(text: string): Promise<void> {
    await this.forgetPrepared();
    await this.db.query(trustedSql(`PREPARE ${PREPARED} AS ${text}`));
    this.isPrepared = true;
  }

  /** Prepared statements outlive transactions. */
  private async forgetPrepared(): Promise<void> {
    if (!this.isPrepared) return;
    this.isPrepared = false;
    await this.db.query(trustedSql(`DEALLOCATE ${PREPARED}`));
  }

  /** Rows that the planner expects for each question, by its place; absent where it knows that there are none. */
  async estimateRows(questions: readonly RowsQuestion[]): Promise<Map<number, number>> {
    if (questions.length === 0) return new Map();
    this.calls += 1;
    const arms = questions.map((question, index) => `SELECT ${index} ${fromClause(question)}`);
    await this.db.query(sql`SET LOCAL max_parallel_workers_per_gather = 0`);
    const plan = await this.planOf(trustedSql(`EXPLAIN (VERBOSE, FORMAT JSON) ${arms.join(' UNION ALL ')}`));
    if (this.canPretend) await this.db.query(sql`SET LOCAL max_parallel_workers_per_gather TO DEFAULT`);
    const answers = new Map<number, number>();
    for (const node of nodesOf(plan)) {
      const index = Number(node.Output?.[0]);
      const isAnswer =
        node.Output?.length === 1 && Number.isInteger(index) && node['Node Type'] !== 'Bitmap Index Scan';
      if (isAnswer && !answers.has(index)) answers.set(index, node['Plan Rows']);
    }
    return answers;
  }

  /** Pretends that the indexes are there; absent in the answer are kinds that hypopg does not know. */
  async pretend(indexes: readonly Candidate[]): Promise<Map<string, Candidate>> {
    const known = indexes.filter(({ shape }) => shape.method === 'btree');
    this.isPretending = true;
    const names = await this.pretended(known);
    return new Map(
      known.flatMap((index, at) => (names[at] === undefined ? [] : [[names[at], index] as const])),
    );
  }

  private async pretended(indexes: readonly Candidate[]): Promise<(string | undefined)[]> {
    const ddl = indexes.map(({ table, shape }) => ddlOf(table, shape, { isConcurrent: false }));
    await this.db.query(sql`SAVEPOINT plimsoll_pretend`);
    try {
      const rows = await this.db.query<{ name: string }>(
        sql`SELECT pretended.indexname AS name FROM unnest(${ddl}::text[]) WITH ORDINALITY AS wanted(ddl, at),
          LATERAL ${this.hypopg()}.hypopg_create_index(wanted.ddl) AS pretended ORDER BY wanted.at`,
      );
      return rows.map(({ name }) => name);
    } catch {
      await this.db.query(sql`ROLLBACK TO SAVEPOINT plimsoll_pretend`);
      return this.pretendedOneByOne(indexes);
    }
  }

  /** One of them is beyond hypopg: the others are not. */
  private async pretendedOneByOne(indexes: readonly Candidate[]): Promise<(string | undefined)[]> {
    await this.stopPretending();
    if (indexes.length <= 1) return indexes.map(() => undefined);
    const half = Math.ceil(indexes.length / 2);
    const first = await this.pretended(indexes.slice(0, half));
    return [...first, ...(await this.pretended(indexes.slice(half)))];
  }

  /** Forgets all pretended indexes, of which the next question is to know nothing. */
  async stopPretending(): Promise<void> {
    await this.db.query(sql`SELECT ${this.hypopg()}.hypopg_reset()`);
    this.isPretending = false;
  }

  /** They belong to the connection, which others use next. */
  private async forgetPretended(): Promise<void> {
    if (this.isPretending) await this.stopPretending();
  }

  private hypopg(): SqlFragment {
    return trustedSql(`"${(this.hypopgSchema ?? '').replaceAll('"', '""')}"`);
  }

  private async planOf(statement: SqlFragment): Promise<PlanNode> {
    const [row] = await this.db.query<PlanRow>(statement);
    const plan = row?.['QUERY PLAN'][0]?.Plan;
    if (plan === undefined) throw new TypeError('EXPLAIN answered no plan');
    return plan;
  }
}
