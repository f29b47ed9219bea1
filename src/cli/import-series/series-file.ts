import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { SeriesFileInvalidError, SeriesFileUnreadableError } from './errors.js';
import { parseSample, type Sample, type ValueRole } from './sample.js';

const HEADER = 'timestamp,value';

/** Longer records are an unclosed quote, not a sample; it bounds the parser's memory. */
const RECORD_MAX_CHARACTERS = 10_000;

/** What a whole file holds. */
export interface SeriesSummary {
  readonly rows: number;
  readonly oldest: Date;
  readonly newest: Date;
  /** SHA-256 of all samples, hexadecimal. */
  readonly digest: string;
}

/** Which samples of a file count. */
export interface SampleFilter {
  /** Leaves out what is older; everything counts without it. */
  readonly since?: Date;
}

/** A record with the number of the line it ends on. */
interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** A CSV file of `timestamp,value` lines (UTC), read as a stream: any length, constant memory. */
export class SeriesFile {
  constructor(
    readonly path: string,
    private readonly valueRole: ValueRole,
  ) {}

  /**
   * Reads the file to its end, so that a mistake on its last line is found before anything is sent.
   * @throws SeriesFileUnreadableError, SeriesFileInvalidError
   */
  async summarise(filter: SampleFilter = {}): Promise<SeriesSummary> {
    const hash = createHash('sha256');
    let [rows, oldestMs, newestMs] = [0, Infinity, -Infinity];
    for await (const { at, value } of this.samples(filter)) {
      rows += 1;
      oldestMs = Math.min(oldestMs, at.getTime());
      newestMs = Math.max(newestMs, at.getTime());
      hash.update(`${at.getTime()},${value}\n`);
    }
    if (rows === 0) throw new SeriesFileInvalidError(this.path, { reason: 'it holds no samples' });
    return { rows, oldest: new Date(oldestMs), newest: new Date(newestMs), digest: hash.digest('hex') };
  }

  /**
   * The samples in the order of the file.
   * @throws SeriesFileUnreadableError, SeriesFileInvalidError
   */
  async *samples({ since }: SampleFilter = {}): AsyncGenerator<Sample> {
    let isHeader = true;
    for await (const { record, info } of this.records()) {
      if (isHeader) this.checkHeader(record);
      else {
        const sample = this.toSample(record, info.lines);
        if (since === undefined || sample.at >= since) yield sample;
      }
      isHeader = false;
    }
    if (isHeader) throw new SeriesFileInvalidError(this.path, { reason: 'the file is empty' });
  }

  private async *records(): AsyncGenerator<CsvRecord> {
    await this.checkReadable();
    const parser = createReadStream(this.path)
      .on('error', (error) => parser.destroy(error))
      .pipe(
        parse({
          bom: true,
          info: true,
          trim: true,
          skip_empty_lines: true,
          relax_column_count: true,
          max_record_size: RECORD_MAX_CHARACTERS,
        }),
      );
    try {
      yield* parser as AsyncIterable<CsvRecord>;
    } catch (error) {
      throw this.describe(error);
    }
  }

  private async checkReadable(): Promise<void> {
    try {
      const found = await stat(this.path);
      // It is read twice, which a pipe does not allow.
      if (found.isFile()) return;
    } catch (error) {
      throw this.describe(error);
    }
    throw new SeriesFileUnreadableError(this.path, 'it is not a regular file');
  }

  private checkHeader(record: readonly string[]): void {
    if (record.join(',').toLowerCase() === HEADER) return;
    const reason = `the first line must be the header "${HEADER}", was "${record.join(',').slice(0, 100)}"`;
    throw new SeriesFileInvalidError(this.path, { line: 1, reason });
  }

  private toSample(record: readonly string[], line: number): Sample {
    const sample = parseSample(record, this.valueRole);
    if (typeof sample === 'string') throw new SeriesFileInvalidError(this.path, { line, reason: sample });
    return { ...sample, line };
  }

  private describe(error: unknown): unknown {
    if (error instanceof CsvError) {
      const { lines } = error as { lines?: unknown };
      const line = typeof lines === 'number' ? { line: lines } : {};
      return new SeriesFileInvalidError(this.path, { ...line, reason: `not CSV (${error.code})` }, error);
    }
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string') return error;
    const reason = code === 'ENOENT' ? 'there is no such file' : code;
    return new SeriesFileUnreadableError(this.path, reason, error);
  }
}
