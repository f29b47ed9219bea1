// Module hooks behind register-ts.mjs. Sources under src/ are taken from dist/, as built for production, so
// that a bench measures what users run; everything else is stripped of its types on the way in.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from '@swc/core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = pathToFileURL(join(root, 'src/')).href;
const built = pathToFileURL(join(root, 'dist/')).href;

export async function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return next(specifier, context);
  const target = new URL(specifier, context.parentURL).href;
  if (target.startsWith(sources)) return next(built + target.slice(sources.length), context);
  const source = target.replace(/\.js$/, '.ts');
  return next(existsSync(fileURLToPath(source)) ? source : specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    filename: fileURLToPath(url),
    jsc: { target: 'es2023', parser: { syntax: 'typescript', decorators: true } },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}
