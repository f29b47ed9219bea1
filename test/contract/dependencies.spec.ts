import { readText } from '../support/source-files.js';

const PAGE = 'docs/reference/dependencies.md';
type Versions = Readonly<Record<string, string>>;
/** Overrides below one package are named like that package. */
type Overrides = Readonly<Record<string, string | Versions>>;

interface Manifest {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly overrides?: Overrides;
}

/** Names and versions; `$name` is the version that the manifest itself wants. */
function overrides({ overrides = {}, dependencies, devDependencies }: Manifest): [string, string][] {
  const wanted = { ...devDependencies, ...dependencies };
  const pinned = (version: string): string =>
    version.startsWith('$') ? String(wanted[version.slice(1)]) : version;
  return Object.entries(overrides).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[name, pinned(value)] as [string, string]]
      : Object.entries(value).map(([below, version]): [string, string] => [below, pinned(version)]),
  );
}

function listed(heading: string): Versions {
  const section =
    readText(PAGE)
      .split(/^## /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.matchAll(/^\| `([^`]+)` \| (\S+) \| (.+) \|$/gm);
  return Object.fromEntries([...rows].map(([, name = '', version = '']) => [name, version]));
}

describe(PAGE, () => {
  const manifest = JSON.parse(readText('package.json')) as Manifest & Readonly<Record<string, Versions>>;

  it.each([
    ['At run time', 'dependencies'],
    ['Optional', 'optionalDependencies'],
    ['For development', 'devDependencies'],
  ])('lists under "%s" the %s of package.json with their versions', (heading, field) => {
    expect(listed(heading)).toEqual(manifest[field]);
  });

  it('names the overrides', () => {
    for (const [name, version] of overrides(manifest)) {
      expect(readText(PAGE)).toContain(`\`${name}\` ${version}`);
    }
  });

  it('stands for pinned versions', () => {
    const own = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((field) =>
      Object.values(manifest[field] ?? {}),
    );
    const versions = [...own, ...overrides(manifest).map(([, version]) => version)];
    expect(versions.filter((version) => !/^\d/.test(version))).toEqual([]);
  });
});
