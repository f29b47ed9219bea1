import { type CacheInstance, startCache } from '../support/cache.js';
import { dashboardsOn } from '../support/dashboards.js';
import { Random } from '../support/random.js';
import { openDatabase, type TestDatabase, useTestDatabase } from '../support/test-database.js';
import { carelessEditing } from './careless-editing.js';
import { editingOn, makeLayout, readOperations, readRegions } from './layout-instances.js';
import { judgeLayout, type LayoutVerdict } from './layout-judge.js';
import type { LoggedOperation, ModelRegion } from './layout-model.js';
import { type Editing, LayoutRun } from './layout-run.js';

/** `npm run test:chaos` chooses; see cache-history.chaos-spec.ts. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 3);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const IS_LONG = ROUNDS >= 20;
const INTERLEAVINGS = Number(process.env['CHAOS_INTERLEAVINGS'] ?? (IS_LONG ? 10_000 : 200));
const CARELESS_INTERLEAVINGS = 60;
const LIMIT_MS = IS_LONG ? 3_600_000 : 180_000;
const EDITORS = 5;
const STEPS = 14;
const AT_ONCE = 3;
/** Small enough that they are in each other's way. */
const GRID = { columns: 7, rows: 5, mostRegions: 200 };
const NOTHING_WRONG = {
  ...{ gaps: 0, unsound: 0, torn: 0, lost: 0, invented: 0, wronglyRefused: 0 },
  isTableOther: false,
};

/** What came of many layouts. */
interface Report {
  readonly verdict: Omit<LayoutVerdict, 'isTableOther'> & { readonly isTableOther: boolean };
  operations: number;
  refused: Record<string, number>;
  /** Layouts that were taken back to nothing, and did not become what they had been when that was taken back. */
  notRestored: number;
}

describe('five editors on two instances at one layout', () => {
  const database = useTestDatabase();
  let other: TestDatabase | undefined;
  let cache: CacheInstance | undefined;
  beforeAll(async () => {
    other = openDatabase(database.url);
    cache = await startCache();
  });
  afterAll(async () => {
    await other?.db.close();
    await cache?.close();
  });

  /** Some interleavings, a few at once; every second one is taken back and done again as a whole. */
  async function run(
    count: number,
    editingsOf: (layout: Awaited<ReturnType<typeof makeLayout>>) => readonly Editing[],
    isUndone: boolean,
  ): Promise<Report> {
    const report: Report = {
      verdict: { ...NOTHING_WRONG, examples: [] },
      ...{ operations: 0, refused: {}, notRestored: 0 },
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        const index = next;
        const layout = await makeLayout(database.db, GRID);
        const isWhole = isUndone && index % 2 === 0;
        const layoutRun = new LayoutRun({
          ...{ editings: editingsOf(layout), grid: GRID, steps: STEPS },
          random: new Random(SEED * 1_000_003 + index),
          isWithUndo: isUndone && !isWhole,
        });
        await layoutRun.interleave();
        if (isWhole) report.notRestored += (await isRestored(layoutRun, layout.layoutId)) ? 0 : 1;
        const [operations, regions] = await Promise.all([
          readOperations(database.db, layout.layoutId),
          readRegions(database.db, layout.layoutId),
        ]);
        const { attempts } = layoutRun;
        add(report, judgeLayout({ grid: GRID, operations, regions, attempts }), operations);
        for (const { answer } of attempts) {
          if ('code' in answer) report.refused[answer.code] = (report.refused[answer.code] ?? 0) + 1;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return report;
  }

  /** Takes all back, the newest first, and all of that again. */
  async function isRestored(layoutRun: LayoutRun, layoutId: string): Promise<boolean> {
    const operations = await readOperations(database.db, layoutId);
    const before = await readStates(layoutId);
    await layoutRun.unwind(operations);
    const between = await readStates(layoutId);
    await layoutRun.rewind(operations);
    const after = await readStates(layoutId);
    return between.length === 0 && JSON.stringify(after) === JSON.stringify(before);
  }

  /** Without versions: those go on. */
  async function readStates(layoutId: string): Promise<readonly (ModelRegion & { readonly id: string })[]> {
    const regions = await readRegions(database.db, layoutId);
    return regions.map((region) => ({ ...region, version: undefined }));
  }

  it(
    `never overwrite, overlap or misnumber anything in ${INTERLEAVINGS} interleavings, and undo restores`,
    async () => {
      if (cache === undefined || other === undefined) throw new Error('beforeAll has not run');
      const instances = [database.db, other.db].map((db) => ({
        db,
        dashboards: dashboardsOn(db, cache as CacheInstance),
      }));

      const report = await run(
        INTERLEAVINGS,
        (layout) =>
          Array.from({ length: EDITORS }, (_, editor) => {
            const instance = instances[editor % instances.length] ?? instances[0];
            if (instance === undefined) throw new Error('there are two instances');
            return editingOn(instance.dashboards, instance.db, layout);
          }),
        true,
      );
      process.stderr.write(`editors: ${JSON.stringify(report)}\n`);

      expect(report).toMatchObject({ verdict: { ...NOTHING_WRONG, examples: [] }, notRestored: 0 });
      // They were in each other's way, in every way there is.
      expect(Object.keys(report.refused)).toEqual(
        expect.arrayContaining([
          'LAYOUT_REGION_OVERLAP',
          'LAYOUT_VERSION_CONFLICT',
          'LAYOUT_UNDO_CONFLICT',
          'LAYOUT_REGION_NOT_FOUND',
        ]),
      );
      expect(report.operations).toBeGreaterThan(INTERLEAVINGS * EDITORS);
    },
    LIMIT_MS,
  );

  it(
    'overwrite each other when they read before they lock (control: the judge sees it)',
    async () => {
      const report = await run(
        CARELESS_INTERLEAVINGS,
        (layout) => Array.from({ length: EDITORS }, () => carelessEditing(database.db, layout)),
        false,
      );

      expect(report.verdict.torn).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});

function add(report: Report, verdict: LayoutVerdict, operations: readonly LoggedOperation[]): void {
  const sum = report.verdict as { -readonly [Field in keyof LayoutVerdict]: LayoutVerdict[Field] };
  for (const field of ['gaps', 'unsound', 'torn', 'lost', 'invented', 'wronglyRefused'] as const) {
    sum[field] += verdict[field];
  }
  sum.isTableOther ||= verdict.isTableOther;
  sum.examples = [...sum.examples, ...verdict.examples].slice(0, 5);
  report.operations += operations.length;
}
