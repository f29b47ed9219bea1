import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks, commandBlocks, documents, unknownScripts } from '../support/documents.js';
import { captureInSources, readText, ROOT } from '../support/source-files.js';

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
const names = Object.keys(scripts);

describe('documents', () => {
  it('are there where sources point to them, such as runbooks of indicators', () => {
    const pages = captureInSources(/'(docs\/[\w/-]+\.md)'/g);

    expect(pages.length).toBeGreaterThan(5);
    expect(pages.filter((page) => !existsSync(join(ROOT, page)))).toEqual([]);
  });

  it('are all found', () => {
    expect(documents()).toEqual(
      expect.arrayContaining(['ARCHITECTURE.md', 'README.md', 'docs/reference/api.md']),
    );
  });

  it.each(documents())('%s has links that lead somewhere', (page) => {
    expect(brokenLinks(page, readText(page))).toEqual([]);
  });

  it.each(documents())('%s names npm scripts that exist', (page) => {
    expect(unknownScripts(readText(page), names)).toEqual([]);
  });

  it('are found wanting for a broken link, a lost heading and an unknown script (control)', () => {
    const text = '# One\n[a](ARCHITECTURE.md) [b](nowhere.md) [c](#two) [d](#one) `npm run nothing` npm test';

    expect(brokenLinks('README.md', text)).toEqual(['nowhere.md', '#two']);
    expect(unknownScripts(text, names)).toEqual(['nothing']);
  });
});

describe('README', () => {
  const readme = readText('README.md');
  const blocks = commandBlocks(readme);

  it('has 200 lines at most', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(200);
  });

  it('begins by cloning and starting', () => {
    expect(blocks.map(({ kind }) => kind).slice(0, 3)).toEqual(['', 'server', '']);
    expect(blocks[0]?.text).toContain('git clone <repository>');
    expect(blocks[1]?.text).toBe('npm start\n');
  });

  it('has no commands but those that CI runs: in its session, or as a step of .ci/run', () => {
    const ci = readText('.ci/run');
    const commands = blocks
      .filter(({ kind }) => kind === 'ci')
      .flatMap(({ text }) => text.trim().split('\n'));

    expect([...readme.matchAll(/^```(\S*)/gm)].map(([, language]) => language).filter(Boolean)).toEqual(
      blocks.map(() => 'sh'),
    );
    expect(commands).not.toEqual([]);
    expect(commands.filter((command) => !ci.includes(command))).toEqual([]);
    expect(ci).toContain('npm run readme');
  });

  it('names settings that exist', () => {
    const table = /\| variable \|[\s\S]*?\n\n/.exec(readme)?.[0] ?? '';
    const named = [...table.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name);

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !readText('.env.example').includes(`\n${name}=`))).toEqual([]);
  });
});
