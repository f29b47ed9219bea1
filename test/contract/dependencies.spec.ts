import { readText } from '../support/source-files.js';

const PAGE = 'docs/reference/dependencies.md';
type Versions = Readonly<Record<string, string>>;

function listed(heading: string): Versions {
  const section =
    readText(PAGE)
      .split(/^## /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.matchAll(/^\| `([^`]+)` \| (\S+) \| (.+) \|$/gm);
  return Object.fromEntries([...rows].map(([, name = '', version = '']) => [name, version]));
}

describe(PAGE, () => {
  const manifest = JSON.parse(readText('package.json')) as Record<string, Versions>;

  it.each([
    ['At run time', 'dependencies'],
    ['Optional', 'optionalDependencies'],
    ['For development', 'devDependencies'],
  ])('lists under "%s" the %s of package.json with their versions', (heading, field) => {
    expect(listed(heading)).toEqual(manifest[field]);
  });

  it('names the overrides', () => {
    for (const [name, version] of Object.entries(manifest['overrides'] ?? {})) {
      expect(readText(PAGE)).toContain(`\`${name}\` ${version}`);
    }
  });

  it('stands for pinned versions', () => {
    const versions = ['dependencies', 'optionalDependencies', 'devDependencies', 'overrides'].flatMap(
      (field) => Object.values(manifest[field] ?? {}),
    );
    expect(versions.filter((version) => !/^\d/.test(version))).toEqual([]);
  });
});
