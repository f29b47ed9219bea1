import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One measured figure against its reference and its goal. */
export interface BenchRow {
  readonly id: string;
  /** Measured value: a ratio to `against`, unless `unit` says otherwise. */
  readonly ratio: number;
  /** What the ratio is to, measured in the same run. */
  readonly against: string;
  readonly goal: number;
  /** Whether the goal is a floor or a ceiling. */
  readonly want: 'at least' | 'at most';
  /** Absolute figures behind the ratio, for readers. */
  readonly figures?: Readonly<Record<string, number | string>>;
}

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/** Whether the row reached its goal. */
function isMet({ ratio, goal, want }: BenchRow): boolean {
  return want === 'at least' ? ratio >= goal : ratio <= goal;
}

/**
 * Prints the rows, keeps them in bench/results unless they are only a sample, and ends with the one line of JSON
 * that programs read.
 */
export function report(area: string, rows: readonly BenchRow[], options: object, isKept = true): void {
  const judged = rows.map((row) => ({ ...row, ratio: round(row.ratio), met: isMet(row) }));
  for (const { id, ratio, against, goal, want, met, figures } of judged) {
    process.stdout.write(
      `${met ? 'met   ' : 'MISSED'} ${id}: ${ratio} (${want} ${goal}) against ${against} ${figures ? JSON.stringify(figures) : ''}\n`,
    );
  }
  if (isKept) keep(area, judged, options);
  const line = judged.map(({ id, ratio, against, goal, met }) => ({ id, ratio, against, goal, met }));
  process.stdout.write(`${JSON.stringify({ area, rows: line })}\n`);
}

function keep(area: string, rows: readonly BenchRow[], options: object): void {
  mkdirSync(RESULTS, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    // Above the number of cores others were at work, too, and the figures are worth less.
    loadAverage5m: round(loadavg()[1] ?? NaN),
  };
  const result = {
    area,
    commit: commit(),
    measuredAt: new Date().toISOString(),
    machine,
    options,
    rows,
  };
  writeFileSync(`${RESULTS}${area}.json`, `${JSON.stringify(result, null, 2)}\n`);
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
