import type { ExpositionFormat } from '../platform/telemetry/index.js';

/** What a caller can ask for by name. */
export type AnswerFormat = ExpositionFormat | 'json';

interface Range {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/** Versions that differ in nothing we write: scrapers ask for the old ones as well. */
const OPEN_VERSIONS: readonly (string | undefined)[] = [undefined, '1.0.0', '0.0.1'];
const TEXT_VERSIONS: readonly (string | undefined)[] = [undefined, '1.0.0', '0.0.4'];

/**
 * The form in which metrics are answered. Text is for those who name it: Prometheus does, with parameters
 * (`escaping=`) and versions that an exact comparison would not know. Whoever takes anything, or nothing that there
 * is, gets JSON. Of what is named the caller's quality decides, and JSON when that is equal, since `application/json,
 * text/plain, *\/*` is what many clients send by themselves.
 */
export function formatFor(accept: string | undefined): AnswerFormat {
  const ranges = parseAccept(accept ?? '');
  const qualities: readonly (readonly [AnswerFormat, number])[] = [
    ['json', qualityOf(ranges, isJson)],
    ['openmetrics', qualityOf(ranges, isOpenMetrics)],
    ['text', qualityOf(ranges, isPlainText)],
  ];
  const best = Math.max(...qualities.map(([, quality]) => quality));
  return best > 0 ? (qualities.find(([, quality]) => quality === best)?.[0] ?? 'json') : 'json';
}

function isJson({ type }: Range): boolean {
  return type === 'application/json';
}

function isOpenMetrics({ type, version }: Range): boolean {
  return type === 'application/openmetrics-text' && OPEN_VERSIONS.includes(version);
}

function isPlainText({ type, version }: Range): boolean {
  return (type === 'text/plain' && TEXT_VERSIONS.includes(version)) || type === 'text/*';
}

function qualityOf(ranges: readonly Range[], isMeant: (range: Range) => boolean): number {
  return Math.max(0, ...ranges.filter(isMeant).map(({ quality }) => quality));
}

function parseAccept(accept: string): Range[] {
  return accept.split(',').map((range) => {
    const [type = '', ...pairs] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(pairs.map((pair) => splitPair(pair)));
    const quality = Number(parameters.get('q') ?? 1);
    return { type, version: parameters.get('version'), quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}

function splitPair(pair: string): [name: string, value: string] {
  const [name = '', value = ''] = pair.split('=', 2).map((part) => part.trim());
  return [name, value.replace(/^"(.*)"$/, '$1')];
}
