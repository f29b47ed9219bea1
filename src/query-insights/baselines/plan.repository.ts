import { Injectable } from '@nestjs/common';
import { identifier, sql, trustedSql } from '../../kernel/sql.js';
import { withoutLiterals } from '../../kernel/sql-literals.js';
import { MonitorDatabase, type Queryable } from '../../platform/database/index.js';
import { type PlanShape, shapeOf } from './plan-shape.js';

/** Asks the planner about statements of this process. */
@Injectable()
export class PlanRepository {
  private plans = 0;

  constructor(private readonly db: MonitorDatabase) {}

  /**
   * The generic plan of a statement, which no value sways. Nothing is executed but what planning itself executes.
   * @param text one statement that this process has sent before, whole
   */
  genericPlan(text: string): Promise<PlanShape | undefined> {
    this.plans += 1;
    const plainName = `plimsoll_plan_${this.plans}`;
    const name = identifier(plainName);
    return this.db.session(async (session) => {
      try {
        await session.query(sql`BEGIN READ ONLY`);
        await session.query(sql`SET LOCAL plan_cache_mode = force_generic_plan`);
        await session.query(sql`SET LOCAL lock_timeout = '200ms'`);
        await session.query(sql`PREPARE ${name} AS ${trustedSql(text)}`);
        const values = trustedSql(argumentsOf(text));
        const [row] = await session.query<{ 'QUERY PLAN': unknown }>(
          sql`EXPLAIN (FORMAT JSON) EXECUTE ${name}${values}`,
        );
        return shapeOf(row?.['QUERY PLAN']);
      } finally {
        await leave(session, plainName);
      }
    });
  }
}

/** A prepared statement outlives its transaction; a failed one was never there. */
async function leave(session: Queryable, name: string): Promise<void> {
  await session.query(sql`ROLLBACK`);
  const found = await session.query(sql`SELECT FROM pg_prepared_statements WHERE name = ${name}`);
  if (found.length > 0) await session.query(sql`DEALLOCATE ${identifier(name)}`);
}

/** `(NULL, NULL)` for a text with two parameters; nothing for one without. */
function argumentsOf(text: string): string {
  const numbers = [...withoutLiterals(text).matchAll(/\$(\d+)/g)].map(([, digits]) => Number(digits));
  const count = Math.max(0, ...numbers);
  return count === 0 ? '' : `(${Array.from({ length: count }, () => 'NULL').join(', ')})`;
}
