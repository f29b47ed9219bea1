import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A series whose events are known. */
export interface LabelledSeries {
  readonly name: string;
  readonly at: readonly number[];
  readonly values: readonly number[];
  /** First and last index of each event; an alarm between them finds it. */
  readonly windows: readonly (readonly [number, number])[];
}

/** Instants, of which each gets a window, or windows as they are; both as the Numenta Anomaly Benchmark writes them. */
type Labels = Record<string, readonly string[] | readonly (readonly [string, string])[]>;

/** All windows of a series together are a tenth of it: the rule of the benchmark the labels are from. */
const WINDOWED_SHARE = 0.1;

/** Reads every .csv or .csv.gz below `directory` that `labelsFile` has labels of, by its path or its name. */
export function readSeries(directory: string, labelsFile: string): LabelledSeries[] {
  const labels = JSON.parse(readFileSync(labelsFile, 'utf8')) as Labels;
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.csv(\.gz)?$/.test(file),
  );
  return files.sort().flatMap((file) => {
    const name = file.split(sep).join('/').replace(/\.gz$/, '');
    const found = Object.keys(labels).find((key) => name.endsWith(key) || key.endsWith(`/${name}`));
    if (found === undefined) return [];
    const bytes = readFileSync(join(directory, file));
    return [parse(name, String(file.endsWith('.gz') ? gunzipSync(bytes) : bytes), labels[found] ?? [])];
  });
}

function parse(name: string, text: string, labels: Labels[string]): LabelledSeries {
  const rows = text.trim().split('\n').slice(1);
  const at = rows.map((row) => instant(row.slice(0, row.indexOf(','))));
  const values = rows.map((row) => Number(row.slice(row.indexOf(',') + 1)));
  const half = Math.floor((WINDOWED_SHARE * at.length) / Math.max(1, labels.length) / 2);
  const windows = labels.map((label): [number, number] => {
    if (typeof label === 'string') {
      const middle = indexAt(at, label);
      return [Math.max(0, middle - half), Math.min(at.length - 1, middle + half)];
    }
    return [indexAt(at, label[0]), indexAt(at, label[1])];
  });
  return { name, at, values, windows };
}

function instant(text: string): number {
  return Date.parse(`${text.trim().replace(' ', 'T')}Z`);
}

function indexAt(at: readonly number[], text: string): number {
  const index = at.findIndex((value) => value >= instant(text));
  return index < 0 ? at.length - 1 : index;
}
