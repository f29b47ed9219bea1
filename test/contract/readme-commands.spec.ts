import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/source-files.js';

/** A server as far as the runner can tell: says its key and URL, and stops on Ctrl-C. */
const SERVER = `
node -e '
  console.log("First admin key (shown once): plim_a_secret");
  console.log("Plimsoll listens on http://127.0.0.1:" + process.env.PORT);
  setInterval(() => {}, 1000);
  process.on("SIGINT", () => { console.log(JSON.stringify({ msg: "Stopped" })); process.exit(); });
'`;

describe('scripts/readme-commands.mjs', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'plimsoll-readme-test-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  function run(...blocks: { kind?: string; text: string }[]) {
    const path = join(directory, 'document.md');
    const fences = blocks.map(({ kind = '', text }) => `\`\`\`${`sh ${kind}`.trim()}\n${text}\n\`\`\`\n`);
    writeFileSync(path, `# A document\n\n${fences.join('\ntext\n')}`);
    const { status, stdout } = spawnSync(process.execPath, ['scripts/readme-commands.mjs', path], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, LOG_LEVEL: 'trace' },
    });
    return { status, lines: stdout.split('\n').filter((line) => line !== '') };
  }

  it('runs the blocks in one session, in an empty directory, without the settings around it', () => {
    const outcome = run(
      { text: 'test -z "$(ls)"\ngreeting=hello' },
      { text: 'cat\necho "$greeting ${LOG_LEVEL:-unset}"' },
    );

    expect(outcome).toEqual({ status: 0, lines: ['hello unset', '2 passed, 0 failed'] });
  });

  it('runs a server in the background, hands its key on, and stops it by Ctrl-C', () => {
    const outcome = run({ kind: 'server', text: SERVER }, { text: "echo '<first admin key>'" });

    expect(outcome).toEqual({ status: 0, lines: ['plim_a_secret', '2 passed, 0 failed'] });
  });

  it('leaves the commands of CI to CI', () => {
    expect(run({ kind: 'ci', text: 'false' }, { text: 'true' })).toEqual({
      status: 0,
      lines: ['1 passed, 0 failed'],
    });
  });

  it.each([
    ['a command fails', { text: 'false\ntrue' }],
    ['a command fails inside a pipe', { text: 'false | cat\ntrue' }],
    ['the session is ended', { text: 'exit 0' }],
    ['a variable is unset', { text: 'echo "$unheard_of"' }],
    ['a placeholder is unknown', { text: 'echo <your key>' }],
    ['a server ends', { kind: 'server', text: 'echo hello' }],
    ['a block is of no known kind', { kind: 'long', text: 'true' }],
  ])('fails when %s (control)', (_reason, block) => {
    const { status, lines } = run({ text: 'true' }, block, { text: 'true' });

    expect({ status, last: lines.at(-1) }).toEqual({ status: 1, last: '1 passed, 2 failed' });
  });
});
