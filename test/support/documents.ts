import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { readText, ROOT } from './source-files.js';

const ELSEWHERE = /^(node_modules|dist|coverage|\.[^/]+)(\/|$)/;

/** A fenced block of shell commands; `kind` is the word after `sh`. */
export interface CommandBlock {
  readonly kind: string;
  readonly text: string;
}

/** Every Markdown file of the checkout, relative to its root. */
export function documents(): string[] {
  const top = readdirSync(ROOT, { withFileTypes: true }).filter(({ name }) => !ELSEWHERE.test(name));
  return top
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((path) =>
            join(entry.name, path),
          )
        : [entry.name],
    )
    .filter((path) => path.endsWith('.md'))
    .sort();
}

/** Relative links of the text of `page` that lead to no file, or to no heading of it. */
export function brokenLinks(page: string, text: string): string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => link ?? []);
  return links.filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, text, link));
}

/** npm scripts that the text names and package.json does not have. */
export function unknownScripts(text: string, scripts: readonly string[]): string[] {
  const named = [...text.matchAll(/\bnpm (?:run ([a-z][\w:-]*)|(start|test)\b)/g)];
  const names = named.map(([, script, short]) => script ?? short ?? '');
  return [...new Set(names)].filter((name) => !scripts.includes(name));
}

/** The blocks of commands that scripts/readme-commands.mjs sees. */
export function commandBlocks(text: string): CommandBlock[] {
  return [...text.matchAll(/^```sh(?: (\w+))?\n([\s\S]*?)^```$/gm)].map(([, kind = '', commands = '']) => ({
    kind,
    text: commands,
  }));
}

function leadsSomewhere(page: string, text: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchors(path === '' ? text : readText(target)).includes(anchor);
}

/** Anchors of the headings, as the common renderers make them. */
function anchors(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}
