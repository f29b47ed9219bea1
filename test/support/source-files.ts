import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Text of a file of the checkout. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What the first group of `pattern` (global) captures in the production sources, sorted, repeats included. */
export function captureInSources(pattern: RegExp): string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .flatMap((file) => [...readText(join('src', file)).matchAll(pattern)])
    .flatMap(([, captured]) => captured ?? [])
    .sort();
}

/** The first column of a reference page's table: what stands there in backquotes. */
export function firstColumn(page: string): string[] {
  return [...readText(page).matchAll(/^\| `([^`]+)` +\|/gm)].flatMap(([, name]) => name ?? []);
}
