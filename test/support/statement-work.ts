import { type SqlFragment, sql } from '../../src/kernel/sql.js';
import type { Database, Queryable } from '../../src/platform/database/index.js';

/** A node of EXPLAIN (ANALYZE, FORMAT JSON). */
export interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that the node that looks at most has looked at. */
export function mostRows(node: PlanNode): number {
  const removed =
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0);
  const own = (node['Actual Rows'] + removed) * node['Actual Loops'];
  return Math.max(own, ...(node.Plans ?? []).map(mostRows));
}

/** Explains `statement`, which has its effects. */
export async function explain(session: Queryable, statement: SqlFragment): Promise<PlanNode> {
  const [row] = await session.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
    sql`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${statement}`,
  );
  if (row === undefined) throw new Error('nothing was explained');
  return row['QUERY PLAN'][0].Plan;
}

const EXPLAINABLE = /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/;

/** How much the statements of a piece of work look at, however long it takes: each runs twice, once to be explained. */
export class StatementWork {
  private readonly plans: { readonly rows: number; readonly text: string }[] = [];

  constructor(private readonly real: Database) {}

  /** Behaves as the database it stands for. */
  get db(): Database {
    const noting = {
      query: (statement: SqlFragment) => this.alone(statement, (tx) => tx.query(statement)),
      read: (statement: SqlFragment) => this.alone(statement, (tx) => tx.query(statement)),
      execute: (statement: SqlFragment) => this.alone(statement, (tx) => tx.execute(statement)),
      transaction: <T>(work: (tx: Queryable) => Promise<T>) =>
        this.real.transaction((tx) => work(this.noting(tx))),
    };
    return Object.assign(Object.create(this.real) as Database, noting);
  }

  /** Statements that looked at more than so many rows, and at how many. */
  above(rows: number): string[] {
    return this.plans.filter((plan) => plan.rows > rows).map((plan) => `${plan.rows} rows: ${plan.text}`);
  }

  get statements(): number {
    return this.plans.length;
  }

  noting(tx: Queryable): Queryable {
    return {
      query: async <Row extends object>(statement: SqlFragment) => {
        await this.note(tx, statement);
        return tx.query<Row>(statement);
      },
      execute: async (statement) => {
        await this.note(tx, statement);
        return tx.execute(statement);
      },
      copyIn: (statement, bytes) => tx.copyIn(statement, bytes),
      copyOut: (statement) => tx.copyOut(statement),
    };
  }

  private alone<T>(statement: SqlFragment, run: (tx: Queryable) => Promise<T>): Promise<T> {
    if (!isExplainable(statement)) return run(this.real);
    return this.real.transaction(async (tx) => {
      await this.note(tx, statement);
      return run(tx);
    });
  }

  private async note(tx: Queryable, statement: SqlFragment): Promise<void> {
    if (!isExplainable(statement)) return;
    await tx.query(sql`SAVEPOINT explained`);
    const plan = await explain(tx, statement);
    await tx.query(sql`ROLLBACK TO explained`);
    this.plans.push({ rows: mostRows(plan), text: statement.compile().text });
  }
}

function isExplainable(statement: SqlFragment): boolean {
  return EXPLAINABLE.test(statement.compile().text);
}
