// Runs the benchmarks of one area: npm run bench -- <area> [options of the bench]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [area, ...options] = process.argv.slice(2);
const areas = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.replace('.bench.ts', ''));
if (!areas.includes(area)) {
  process.stderr.write(`Which area? npm run bench -- <${areas.join(' | ')}> [options]\n`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ['--import', './scripts/register-ts.mjs', `bench/${area}.bench.ts`, ...options],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
