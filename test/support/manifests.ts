import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { parse, parseAllDocuments } from 'yaml';
import { readText, ROOT } from './source-files.js';

/** A manifest of any kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

type Model = new (manifest: Manifest) => { validate(): void };

const BASE = 'k8s/base';
const load = createRequire(import.meta.url);
const MODEL_GROUPS: Readonly<Record<string, string>> = {
  policy: 'policy',
  'networking.k8s.io': 'networking.k8s.io',
};

/** What a kustomization says, as far as this project uses it. */
export interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
}

export function readKustomization(): Kustomization {
  return parse(readText(`${BASE}/kustomization.yaml`)) as Kustomization;
}

/** YAML files of the base. */
export function baseFiles(): string[] {
  return readdirSync(join(ROOT, BASE)).filter((name) => name.endsWith('.yaml'));
}

/** The manifests of some files of the base. */
export function readManifests(files: readonly string[]): Manifest[] {
  return files.flatMap((file) => parseManifests(readText(`${BASE}/${file}`)));
}

/** What kubectl makes of the base; undefined where there is none. */
export function builtByKubectl(): Manifest[] | undefined {
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', join(ROOT, BASE)], {
    encoding: 'utf8',
  });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(`kubectl kustomize failed: ${stderr}`);
  return parseManifests(stdout);
}

/** What Kubernetes's own schemas have against the values of a manifest; empty when nothing. */
export function invalidValues(manifest: Manifest): string {
  const [group = '', version] = manifest.apiVersion.includes('/')
    ? manifest.apiVersion.split('/')
    : ['', manifest.apiVersion];
  const path = ['kubernetes-models', MODEL_GROUPS[group] ?? group, version, manifest.kind].filter(Boolean);
  const models = load(path.join('/')) as Readonly<Record<string, Model>>;
  const Known = models[manifest.kind];
  if (Known === undefined) return `${manifest.apiVersion} ${manifest.kind} is not known`;
  try {
    new Known(manifest).validate();
    return '';
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${String(error)}`;
  }
}

/**
 * What the compiler has against the keys and types of manifests, by the types of Kubernetes: schemas let unknown keys
 * pass, and so does a server that is not asked to be strict.
 */
export function typeErrors(manifests: readonly Manifest[]): string[] {
  const directory = mkdtempSync(join(ROOT, 'test', '.manifests-'));
  try {
    const file = join(directory, 'manifests.ts');
    writeFileSync(file, manifests.map((manifest) => `${typed(manifest)}\n`).join(''));
    const program = ts.createProgram([file], {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** networking.k8s.io/v1 is networking/v1 there, and the core group has a name. */
function typed(manifest: Manifest): string {
  const { apiVersion, kind } = manifest;
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const module = `kubernetes-types/${group.split('.')[0] ?? ''}/${version ?? ''}`;
  return `(${JSON.stringify(manifest)}) satisfies import('${module}').${kind};`;
}

function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
