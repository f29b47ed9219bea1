import type { Database } from '../../../src/platform/database/index.js';
import { adviseWorkload } from '../../../src/query-insights/advice/workload-advice.js';
import { openDatabase } from '../../../test/support/test-database.js';
import { timeOnce } from '../../support/measure.js';
import type { AdviceScale } from './advice.js';
import { type Field, openField } from './field.js';
import { type Best, bruteForce, BuiltTrial, PretendedTrial, type Trial } from './oracle.js';
import type { GeneratedStatement } from './statements.js';

/** Who advises: the model, hypopg, or the control that names the first column whatever is asked. */
export type Arm = 'model' | 'hypopg' | 'first-column';

/** What became of one arm's advice. */
export interface ArmResult {
  statements: number;
  within: number;
  /** Statements that no index makes 1.25 times as cheap, and those of them with advice that helps nothing. */
  unneeded: number;
  needless: number;
  invalid: number;
  mostCalls: number;
  readonly times: number[];
}

export interface Measurement {
  readonly url: string;
  readonly seed: number;
  readonly scale: AdviceScale;
  readonly arms: readonly Arm[];
}

/** Advice may cost this much more than the best choice of indexes. */
const CLOSE = 1.25;

/** All arms over the same random statements. */
export async function measureArms({ url, seed, scale, arms }: Measurement): Promise<Map<Arm, ArmResult>> {
  const results = new Map(arms.map((arm) => [arm, emptyResult()]));
  for (let schema = 0; schema < scale.schemas; schema += 1) {
    const field = await openField(url, seed * 1_000 + schema, scale.statements);
    const trial = await trialOn(field.client, arms.includes('hypopg'));
    const { db } = openDatabase(field.url);
    try {
      for (const statement of field.statements) {
        await judgeAll(results, { statement, trial, db });
      }
    } finally {
      await db.close();
      await field.close();
    }
  }
  return results;
}

async function judgeAll(
  results: ReadonlyMap<Arm, ArmResult>,
  given: Pick<Judged, 'statement' | 'trial' | 'db'>,
): Promise<void> {
  const best = await bruteForce(given.trial, given.statement);
  for (const [arm, result] of results) await judge({ ...given, arm, result, best });
}

interface Judged {
  readonly arm: Arm;
  readonly result: ArmResult;
  readonly statement: GeneratedStatement;
  readonly best: Best;
  readonly trial: Trial;
  readonly db: Database;
}

async function judge({ arm, result, statement, best, trial, db }: Judged): Promise<void> {
  let ddl: readonly string[] = [];
  const tookMs = await timeOnce(async () => {
    const given = await adviceOf(arm, statement, db);
    ddl = given.ddl;
    result.mostCalls = Math.max(result.mostCalls, given.calls);
  });
  result.times.push(tookMs);
  result.statements += 1;
  const without = await trial.cost(statement.sql, []);
  const cost = await trial.cost(statement.sql, ddl).catch(() => {
    result.invalid += 1;
    return without;
  });
  if (cost <= best.cost * CLOSE) result.within += 1;
  if (without >= best.cost * CLOSE) return;
  result.unneeded += 1;
  if (ddl.length > 0 && cost * CLOSE > without) result.needless += 1;
}

async function adviceOf(arm: Arm, { sql, referenced }: GeneratedStatement, db: Database) {
  if (arm === 'first-column') {
    const [[table, [column = 'id']] = ['', []]] = referenced;
    return { ddl: [`CREATE INDEX ON ${table} (${column})`], calls: 0 };
  }
  const canPretend = arm === 'hypopg';
  const advice = await db.session((session) =>
    adviseWorkload(session, [{ text: sql, calls: 1 }], { canPretend }),
  );
  return {
    ddl: advice.suggestions.map((one) => one.ddl.replace(' CONCURRENTLY', '')),
    calls: advice.statements[0]?.plannerCalls ?? 0,
  };
}

async function trialOn(client: Field['client'], hasHypopg: boolean): Promise<Trial> {
  if (!hasHypopg) return new BuiltTrial(client);
  await client.query('CREATE EXTENSION hypopg');
  return new PretendedTrial(client);
}

function emptyResult(): ArmResult {
  return { statements: 0, within: 0, unneeded: 0, needless: 0, invalid: 0, mostCalls: 0, times: [] };
}
