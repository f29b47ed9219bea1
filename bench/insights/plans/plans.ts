// Questions: how long does the guard of POST /metrics/query-plan take to decide, does any attack have an effect, is anything
// harmless refused, and how many texts with `$1` can be explained?
import pg from 'pg';
import { SystemClock } from '../../../src/kernel/clock.js';
import { ExternalServer } from '../../../src/platform/database/database-server.js';
import { PlanRunner } from '../../../src/query-insights/plans/plan-runner.js';
import { SqlParser } from '../../../src/query-insights/sql/parser.js';
import { ANSWERED, ATTACKS, PLANNABLE } from '../../../test/support/plans/attacks.js';
import { ATTACK_OBJECTS } from '../../../test/support/plans/attack-objects.js';
import { EffectProbe } from '../../../test/support/plans/effects.js';
import { HARMLESS, HARMLESS_OBJECTS } from '../../../test/support/plans/harmless-statements.js';
import { type BenchDatabase, openBenchDatabase } from '../../support/embedded-database.js';
import type { BenchRow } from '../../support/report.js';

/** How long the bench of plans takes. */
export interface PlansScale {
  readonly planRounds: number;
}

export const PLANS_FULL: PlansScale = { planRounds: 10 };
export const PLANS_SHORT: PlansScale = { planRounds: 1 };

const MODES = [false, true];

/** Decision time, attacks, refusals and texts with `$1`, on an embedded server as a superuser. */
export async function benchPlans({ planRounds }: PlansScale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const runner = new PlanRunner(
    new ExternalServer(database.url),
    { isAnalyzeEnabled: true },
    new SystemClock(),
  );
  try {
    await prepare(database);
    return [
      ...(await harmless(runner, planRounds)),
      await attacks(runner, database.url),
      await normalized(runner),
    ];
  } finally {
    await runner.onApplicationShutdown();
    await database.close();
  }
}

async function prepare({ url }: BenchDatabase): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(HARMLESS_OBJECTS);
  await client.query(ATTACK_OBJECTS);
  await client.end();
}

async function harmless(runner: PlanRunner, rounds: number): Promise<BenchRow[]> {
  const decisions: number[] = [];
  let refused = 0;
  // The first statements of a connection fill its caches.
  for (let round = -1; round < rounds; round += 1) {
    for (const [query, params] of HARMLESS) {
      const plan = await runner.run({ query, params, isAnalyzed: false }).catch(() => undefined);
      if (plan === undefined) refused += 1;
      else if (round >= 0) decisions.push(plan.decisionMs);
    }
  }
  decisions.sort((one, other) => one - other);
  const at = (share: number): number => decisions[Math.floor(share * (decisions.length - 1))] ?? NaN;
  return [
    {
      id: 'plan-decision-p99',
      ratio: at(0.99),
      against: 'ms',
      goal: 20,
      want: 'at most',
      figures: { decisions: decisions.length, p50Ms: at(0.5), maxMs: at(1) },
    },
    {
      id: 'plan-harmless-refused',
      ratio: refused,
      against: `${HARMLESS.length} statements`,
      goal: 0,
      want: 'at most',
    },
  ];
}

async function attacks(runner: PlanRunner, url: string): Promise<BenchRow> {
  const probe = await EffectProbe.open(url, 'plimsoll-plans');
  let effects = 0;
  let answered = 0;
  for (const { name, sql, params } of ATTACKS) {
    for (const isAnalyzed of MODES) {
      const found = await probe.effectsOf(async () => {
        const isAnswered = await runner.run({ query: sql, params, isAnalyzed }).then(
          () => true,
          () => false,
        );
        const mayBe = ANSWERED.has(name) || (!isAnalyzed && PLANNABLE.has(name));
        if (isAnswered && !mayBe) answered += 1;
      });
      if (found.length > 0) effects += 1;
    }
  }
  await probe.close();
  const tried = ATTACKS.length * MODES.length;
  return {
    id: 'plan-attacks',
    ratio: effects + answered,
    against: `${tried} attacks`,
    goal: 0,
    want: 'at most',
    figures: { effects, answered },
  };
}

/** Texts as pg_stat_statements keeps them, without values. */
async function normalized(runner: PlanRunner): Promise<BenchRow> {
  const parser = await SqlParser.load();
  const texts = [...new Set(HARMLESS.map(([query]) => parserNormalize(parser, query)))].filter((text) =>
    /\$\d/.test(text),
  );
  const failures: string[] = [];
  for (const query of texts) {
    await runner.run({ query, isAnalyzed: false }).catch((error: unknown) => {
      failures.push(`${String((error as { code?: string }).code)}: ${query.slice(0, 80)}`);
    });
  }
  return {
    id: 'plan-normalized-texts',
    ratio: (texts.length - failures.length) / texts.length,
    against: `${texts.length} texts`,
    goal: 0.9,
    want: 'at least',
    figures: { failed: failures.slice(0, 5).join(' | ') },
  };
}

function parserNormalize(parser: SqlParser, query: string): string {
  return /\$\d/.test(query) ? query : parser.normalize(query);
}
