import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import { retry } from '../../kernel/retry.js';
import { ServerUnreachableError, UploadInterruptedError, UploadRefusedError } from './errors.js';
import { type ImportPlan, planImport, toEventLine } from './import-plan.js';
import type { ImportOptions } from './options.js';
import { type Print, Progress } from './progress.js';
import { SeriesFile } from './series-file.js';
import { upload, type UploadReport } from './upload.js';

/** Lines are sent in parcels: one write each costs more than the rest of the import. */
const ROWS_PER_WRITE = 500;

/** How long an interrupted upload is tried again: a restart of the server takes some seconds. */
const RESUME = { firstDelayMs: 250, maxDelayMs: 4_000, deadlineMs: 60_000 } as const;

/** What an import works with. */
export interface ImportTools {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Messages on the way, for standard error. */
  readonly print: Print;
}

/**
 * Imports one file: checks it whole, streams it, and streams it again when the connection breaks; what was
 * stored is skipped then. Returns the line that sums it up.
 * @throws SeriesFileUnreadableError, SeriesFileInvalidError, ServerUnreachableError, UploadInterruptedError,
 * UploadRefusedError
 */
export async function importSeries(options: ImportOptions, tools: ImportTools): Promise<string> {
  const file = new SeriesFile(options.path, options.valueRole);
  const plan = await planImport(file, options, tools.clock.now());
  const resumeBy = options.isShifted ? `; if it is interrupted, resume with ${resumeOption(plan)}` : '';
  tools.print(
    `Importing ${plan.rows} rows from ${plan.from.toISOString()} to ${plan.to.toISOString()}${resumeBy}`,
  );
  const progress = new Progress(plan.rows, tools.clock, tools.print);
  const attempt = (): Promise<UploadReport> => {
    progress.restart();
    return upload(eventLines(file, plan, options, progress), {
      ...options,
      idempotencyKey: plan.idempotencyKey,
    });
  };
  try {
    const report = await persist(attempt, tools);
    return summarise(report, plan, options, progress);
  } catch (error) {
    throw error instanceof UploadRefusedError ? await inTermsOfTheFile(error, file, plan) : error;
  }
}

/** The first attempt fails at once when nobody answers; an upload that had begun is worth waiting for. */
async function persist(attempt: () => Promise<UploadReport>, tools: ImportTools): Promise<UploadReport> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof UploadInterruptedError)) throw error;
    tools.print(`${error.message} Trying again ...`);
    await tools.clock.sleep(RESUME.firstDelayMs);
    const isRetryable = (failure: unknown): boolean =>
      failure instanceof UploadInterruptedError || failure instanceof ServerUnreachableError;
    return retry(attempt, { ...RESUME, isRetryable }, tools);
  }
}

async function* eventLines(
  file: SeriesFile,
  plan: ImportPlan,
  options: ImportOptions,
  progress: Progress,
): AsyncGenerator<string> {
  let [parcel, rows] = ['', 0];
  for await (const sample of file.samples({ since: plan.since })) {
    parcel += toEventLine(sample, plan, options);
    rows += 1;
    if (rows < ROWS_PER_WRITE) continue;
    yield parcel;
    progress.add(rows);
    [parcel, rows] = ['', 0];
  }
  if (rows > 0) yield parcel;
  progress.add(rows);
}

function summarise(
  { accepted, isReplay }: UploadReport,
  { from }: ImportPlan,
  { source, type, url }: ImportOptions,
  progress: Progress,
): string {
  const query = new URLSearchParams({ scraper: source, type, from: from.toISOString() });
  const done = isReplay
    ? `${accepted} rows were imported before; nothing was added`
    : `Imported ${accepted} rows (${progress.rate(accepted)} rows/s)`;
  return `${done}; series ${source} / ${type}; statistics: ${url}/api/metrics/stats?${query.toString()}`;
}

/** The server counts the lines it was sent; a person looks at the file. */
async function inTermsOfTheFile(
  error: UploadRefusedError,
  file: SeriesFile,
  plan: ImportPlan,
): Promise<UploadRefusedError> {
  const { line: refusedLine } = error.refusal;
  if (refusedLine === undefined) return error;
  let sent = 0;
  for await (const { at, line } of file.samples({ since: plan.since })) {
    sent += 1;
    if (sent < refusedLine) continue;
    const movedTo = new Date(at.getTime() + plan.shiftMs).toISOString();
    const advice =
      `(Line ${line} of ${file.path}, sent as ${movedTo}.) Where that is older than the server keeps raw rows ` +
      '(COLLECTORS_RAW_RETENTION_DAYS), import only the end of the file by --last-days.';
    return new UploadRefusedError({ ...error.refusal, advice });
  }
  return error;
}

function resumeOption({ to }: ImportPlan): string {
  return `--ending-at ${to.toISOString()}`;
}
