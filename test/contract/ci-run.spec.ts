import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from '../support/source-files.js';

/** Stands for npm and npx: prints totals like scripts/test.mjs, fails on the command that FAIL names. */
const PROGRAM = `#!/usr/bin/env bash
command="$(basename "$0") $*"
read -r line && echo "there is an input: $line"
if [[ $command == *test* || $command == *check* ]]; then echo "\${TOTALS:-10 passed, 0 failed}"; fi
if [[ $command == *bench* ]]; then echo short > bench/results/collectors.json; fi
if [[ $command == "$FAIL" ]]; then exit 3; fi
`;

/** Three runs of tests (all, check, chaos) and fourteen other steps. */
const ALL_PASSED = '44 passed, 0 failed';

describe('.ci/run', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plimsoll-ci-'));
    for (const name of ['.ci', 'bin', 'bench/results']) mkdirSync(join(directory, name), { recursive: true });
    copyFileSync(join(ROOT, '.ci/run'), join(directory, '.ci/run'));
    writeFileSync(join(directory, 'bench/results/collectors.json'), 'long');
    for (const name of ['npm', 'npx']) {
      writeFileSync(join(directory, 'bin', name), PROGRAM);
      chmodSync(join(directory, 'bin', name), 0o755);
    }
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function run(variables: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env;
    const { status, stdout } = spawnSync(join(directory, '.ci/run'), {
      encoding: 'utf8',
      input: 'anybody there?\n',
      env: {
        PATH: `${join(directory, 'bin')}${delimiter}${PATH}`,
        FAIL: 'nothing',
        TMPDIR: tmpdir(),
        ...variables,
      },
    });
    return { status, last: stdout.trimEnd().split('\n').at(-1), stdout };
  }

  it('adds up the tests and the other steps', () => {
    expect(run()).toMatchObject({ status: 0, last: ALL_PASSED });
  });

  it('gives its steps no standard input, and keeps the results of the full benchmark', () => {
    expect(run().stdout).not.toContain('there is an input');
    expect(readFileSync(join(directory, 'bench/results/collectors.json'), 'utf8')).toBe('long');
  });

  it.each([
    ['npm test', '44 passed, 1 failed'],
    ['npm run check', '44 passed, 1 failed'],
    ['npm run test:chaos', '44 passed, 1 failed'],
    ['npx nest build', '43 passed, 1 failed'],
    ['npm run readme', '43 passed, 1 failed'],
    ['npm run bench -- collectors --rows 20000 --changes 200', '43 passed, 1 failed'],
    ['npm run bench -- cache --short', '43 passed, 1 failed'],
    ['npm run bench -- locks --short', '43 passed, 1 failed'],
    ['npm run bench -- batch --rows 20000 --rounds 1', '43 passed, 1 failed'],
    ['npm run bench -- pool --short', '43 passed, 1 failed'],
    ['npm run bench -- insights --short', '43 passed, 1 failed'],
    ['npm run bench -- anomaly --short', '43 passed, 1 failed'],
    ['npm run bench -- alerting --short', '43 passed, 1 failed'],
    ['npm run bench -- performance --short', '43 passed, 1 failed'],
    ['npm run bench -- dashboards --short', '43 passed, 1 failed'],
    ['npm run bench -- presence --short', '43 passed, 1 failed'],
    ['npm run load -- ws --short', '43 passed, 1 failed'],
  ])('fails when %s fails, and runs the other steps (control)', (command, totals) => {
    const { status, last, stdout } = run({ FAIL: command });

    expect({ status, last }).toEqual({ status: 1, last: totals });
    expect(stdout).toMatch(new RegExp(`^=== FAILED: (env .*)?${command}$`, 'm'));
    expect(stdout).toContain('=== npm run bench');
  });

  it('counts failed tests as they are, not once more', () => {
    const outcome = run({ FAIL: 'npm test', TOTALS: '8 passed, 2 failed' });

    expect(outcome).toMatchObject({ status: 1, last: '38 passed, 6 failed' });
  });

  it('counts a run without totals as one failure (control)', () => {
    const outcome = run({ TOTALS: 'nothing to count' });

    expect(outcome).toMatchObject({ status: 1, last: '14 passed, 3 failed' });
  });
});
