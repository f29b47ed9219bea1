import { parseArgs } from 'node:util';
import { startBenchRedis } from './redis.js';
import { type BenchRow, report } from './report.js';

/** The parts of a bench by name; each gets the URL of a Redis server to itself. */
export type BenchParts = Readonly<Record<string, (url: string) => Promise<BenchRow[]> | BenchRow[]>>;

/**
 * Runs the parts that the command line names (`--only a,b`), else all of them, and reports; `--short` takes the short
 * scale; `--seed` chooses what is random; `close` is called after the last one. Figures are kept when all of them come from one full run. Ends the process: clients of peers go on asking for
 * servers that are gone.
 */
export async function runParts<Scale>(
  area: string,
  scales: { readonly full: Scale; readonly short: Scale },
  partsOf: (scale: Scale, seed: number) => BenchParts,
  close: () => Promise<void> = () => Promise.resolve(),
): Promise<never> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const parts = partsOf(values.short ? scales.short : scales.full, Number(values.seed));
  const rows: BenchRow[] = [];
  try {
    for (const name of values.only?.split(',') ?? Object.keys(parts))
      rows.push(...(await runPart(name, parts)));
  } finally {
    await close();
  }
  report(area, rows, { seed: Number(values.seed) }, !values.short && values.only === undefined);
  process.exit();
}

async function runPart(name: string, parts: BenchParts): Promise<BenchRow[]> {
  // Nothing that another part left is in its way.
  const redis = await startBenchRedis();
  try {
    const startedAt = performance.now();
    const rows = (await parts[name]?.(redis.url)) ?? [];
    process.stdout.write(`${name}: ${Math.round((performance.now() - startedAt) / 1_000)} s\n`);
    return rows;
  } finally {
    await redis.stop();
  }
}
