// Runs Jest against real servers: node scripts/test.mjs [jest arguments]. Ends with "N passed, N failed".
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServers } from './test-servers.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
// Long and loud: npm run test:chaos runs it.
if (!args.includes('--selectProjects')) args.push('--ignoreProjects', 'chaos');
const EXIT_INTERRUPTED = 130;

let jest;
let interrupts = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupts += 1;
    // A terminal has sent SIGINT to Jest as well; whoever insists ends it for good.
    if (interrupts > 1) jest?.kill('SIGKILL');
    else if (signal !== 'SIGINT') jest?.kill(signal);
  });
}

process.exitCode = await main();

async function main() {
  const servers = needsServers() ? await startServers() : { variables: {}, stop: () => Promise.resolve() };
  if (servers === undefined) return 1;
  const reportDir = mkdtempSync(join(tmpdir(), 'plimsoll-report-'));
  const report = join(reportDir, 'report.json');
  try {
    return interrupts > 0 ? EXIT_INTERRUPTED : await runJest(report, servers.variables);
  } finally {
    const totals = describeTotals(report);
    rmSync(reportDir, { recursive: true, force: true });
    await servers.stop();
    process.stdout.write(`${totals}\n`);
  }
}

/** Unit tests touch no server; a run of nothing else starts at once. */
function needsServers() {
  const from = args.indexOf('--selectProjects');
  if (from < 0) return true;
  const rest = args.slice(from + 1);
  const end = rest.findIndex((arg) => arg.startsWith('-'));
  return (end < 0 ? rest : rest.slice(0, end)).some((project) => project !== 'unit');
}

async function startServers() {
  try {
    return await startTestServers({ say });
  } catch (error) {
    say(error.message);
    return undefined;
  }
}

function runJest(report, variables) {
  const bin = createRequire(import.meta.url).resolve('jest/bin/jest');
  const nodeOptions = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jestArgs = ['--config', join(root, 'jest.config.mjs'), '--json', `--outputFile=${report}`, ...args];
  jest = spawn(process.execPath, [...nodeOptions, bin, ...jestArgs], {
    cwd: root,
    // With --json Jest repeats the report on standard output.
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, ...variables },
  });
  return new Promise((resolve) => {
    jest.once('error', (error) => {
      say(`Jest could not be started: ${error.message}`);
      resolve(1);
    });
    jest.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A suite that did not even load counts as one failure. */
function describeTotals(report) {
  try {
    const totals = JSON.parse(readFileSync(report, 'utf8'));
    const failed = totals.numFailedTests + totals.numRuntimeErrorTestSuites;
    return `${totals.numPassedTests} passed, ${failed} failed`;
  } catch {
    return 'The tests did not run to their end.\n0 passed, 1 failed';
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
