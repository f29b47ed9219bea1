import pg from 'pg';
import { SystemClock } from '../../../src/kernel/clock.js';
import { ExternalServer } from '../../../src/platform/database/database-server.js';
import { PlanRunner } from '../../../src/query-insights/plans/plan-runner.js';
import { type Attack, ANSWERED, ATTACKS, PLANNABLE } from '../../support/plans/attacks.js';
import { ATTACK_OBJECTS } from '../../support/plans/attack-objects.js';
import { EffectProbe } from '../../support/plans/effects.js';
import { HARMLESS, HARMLESS_OBJECTS } from '../../support/plans/harmless-statements.js';
import { createTestDatabase, dropDatabase, useTestDatabase } from '../../support/test-database.js';

const MODES = [false, true];
const CONTROL = 'attack-control';
const CONTROL_TIMEOUT_MS = 250;
/** Enough to know that the probes see; `npm run bench -- insights` runs them all. */
const CONTROL_EVERY = 4;
const ALL_MS = 600_000;

async function prepare(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(HARMLESS_OBJECTS);
  await client.query(ATTACK_OBJECTS);
  await client.end();
}

function runnerOn(url: string): PlanRunner {
  return new PlanRunner(new ExternalServer(url), { isAnalyzeEnabled: true }, new SystemClock());
}

/** A login that owns nothing and reads everything: what an application has where it is no superuser. */
async function createReader(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  const name = `plan_reader_${process.pid}`;
  await client.query(`DROP ROLE IF EXISTS ${name}`);
  await client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'reader'`);
  await client.query(`GRANT USAGE ON SCHEMA public, sales, shadow TO ${name}`);
  await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public, sales TO ${name}`);
  await client.query(`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${name}`);
  await client.end();
  const reader = new URL(url);
  reader.username = name;
  reader.password = 'reader';
  return reader.href;
}

async function outcomeOf(runner: PlanRunner, { sql, params }: Attack, isAnalyzed: boolean): Promise<string> {
  try {
    await runner.run({ query: sql, params, isAnalyzed });
    return 'answered';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe('attacks on query plans', () => {
  const database = useTestDatabase({ isServed: true });
  beforeAll(() => prepare(database.url), ALL_MS);

  describe.each(['superuser', 'reader'])('as a %s', (role) => {
    let runner: PlanRunner;
    let probe: EffectProbe;
    beforeAll(async () => {
      probe = await EffectProbe.open(database.url, 'plimsoll-plans');
      runner = runnerOn(role === 'superuser' ? database.url : await createReader(database.url));
    });
    afterAll(async () => {
      await runner.onApplicationShutdown();
      await probe.close();
    });

    it(
      'have no effect, whether the statement is planned or run',
      async () => {
        const found: string[] = [];
        for (const attack of ATTACKS) {
          for (const isAnalyzed of MODES) {
            let outcome = '';
            const effects = await probe.effectsOf(async () => {
              outcome = await outcomeOf(runner, attack, isAnalyzed);
            });
            const isAnswered = outcome === 'answered';
            if (effects.length > 0) found.push(`${attack.name}: ${effects.join(', ')} (${outcome})`);
            const mayAnswer = ANSWERED.has(attack.name) || (!isAnalyzed && PLANNABLE.has(attack.name));
            if (isAnswered !== mayAnswer) found.push(`${attack.name}: ${outcome}`);
          }
        }

        expect(found).toEqual([]);
      },
      ALL_MS,
    );

    it(
      'have no effect when a view is replaced between the check and the plan',
      async () => {
        const owner = new pg.Client(database.url);
        await owner.connect();
        const over = new AbortController();
        const replacing = (async () => {
          while (!over.signal.aborted) {
            await owner.query('CREATE OR REPLACE VIEW flipped AS SELECT id FROM victims');
            await owner.query(
              'CREATE OR REPLACE VIEW flipped AS SELECT public.evil_stable() AS id FROM victims',
            );
          }
        })();

        const outcomes = new Set<string>();
        const query = 'SELECT * FROM flipped WHERE id = 5';
        const effects = await probe.effectsOf(async () => {
          for (let round = 0; round < 100; round += 1) {
            outcomes.add(await outcomeOf(runner, { name: 'flipped', sql: query }, false));
          }
          over.abort();
          await replacing;
        });
        await owner.query('DROP VIEW flipped');
        await owner.end();

        expect(effects.filter((effect) => !effect.endsWith(' ms') && effect !== 'relations')).toEqual([]);
        expect(outcomes).toContain('QUERY_PLAN_REFUSED');
      },
      ALL_MS,
    );

    it.each(HARMLESS.map(([query, params]) => ({ query, params })))(
      'answers $query',
      async ({ query, params }) => {
        for (const isAnalyzed of MODES) {
          if (isAnalyzed && params === undefined && /\$\d/.test(query)) continue;

          const { tree } = await runner.run({ query, params, isAnalyzed });

          expect(tree.type).toEqual(expect.any(String));
        }
      },
    );
  });
});

describe('the same attacks on EXPLAIN itself', () => {
  it(
    'have effects, so that the probes are known to see them',
    async () => {
      const url = await createTestDatabase();
      await prepare(url);
      const probe = await EffectProbe.open(url, CONTROL);
      const affected = { planned: 0, run: 0 };
      const kinds = new Set<string>();
      for (const { sql } of ATTACKS.filter((_, index) => index % CONTROL_EVERY === 0)) {
        for (const [mode, options] of [
          ['planned', ''],
          ['run', 'ANALYZE '],
        ] as const) {
          const client = new pg.Client({
            connectionString: url,
            application_name: CONTROL,
            statement_timeout: CONTROL_TIMEOUT_MS,
          });
          client.on('error', () => undefined);
          await client.connect();
          const effects = await probe.effectsOf(() =>
            client.query(`EXPLAIN ${options}${sql}`).catch(() => undefined),
          );
          await client.end().catch(() => undefined);
          if (effects.length > 0) affected[mode] += 1;
          for (const effect of effects) kinds.add(effect.replace(/\d+/, 'N'));
        }
      }
      await probe.close();
      await dropDatabase(url);

      process.stdout.write(
        `${JSON.stringify({ attacks: ATTACKS.length, ...affected, kinds: [...kinds] })}\n`,
      );
      expect(affected.planned).toBeGreaterThan(10);
      expect(affected.run).toBeGreaterThan(20);
      expect([...kinds]).toEqual(
        expect.arrayContaining([
          'log',
          'rows',
          'sequence',
          'files',
          'notification',
          'advisory locks',
          'session setting',
        ]),
      );
    },
    ALL_MS,
  );
});
