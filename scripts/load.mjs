// Puts load on a running server, or on one of its own: npm run load -- <scenario> [options]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [scenario, ...options] = process.argv.slice(2);
const scenarios = readdirSync(join(root, 'load'))
  .filter((name) => name.endsWith('.load.ts'))
  .map((name) => name.replace('.load.ts', ''));
if (!scenarios.includes(scenario)) {
  process.stderr.write(`Which scenario? npm run load -- <${scenarios.join(' | ')}> [options]\n`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ['--import', './scripts/register-ts.mjs', `load/${scenario}.load.ts`, ...options],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
