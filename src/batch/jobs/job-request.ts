import { BatchRequestError } from '../errors.js';
import { conditionsOf, encodeFor } from '../input/record-columns.js';
import type { JobOptions } from '../queue/batch-job.js';
import type { BatchOperation, BatchTarget } from '../targets/batch-target.js';

/** Options of a request; which of them make sense depends on the operation. */
export interface RequestedOptions {
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly transform?: string;
  readonly olderThanDays?: number;
  /** Needed when no filter limits what is changed. */
  readonly confirm?: boolean;
  readonly maxBad?: number;
  readonly retry?: Partial<JobOptions['retry']>;
}

/** Who asks for a job. */
export interface JobCaller {
  readonly tenantId: string;
  /** Shown in the audit chain. */
  readonly actor: string;
  /** Default: not. */
  readonly isAdmin?: boolean;
  readonly idempotencyKey?: string;
}

/** What is asked for. */
export interface JobRequest {
  readonly operation: BatchOperation;
  readonly target: string;
  readonly priority?: number;
  readonly options?: RequestedOptions;
}

const MOST_BAD = 1_000;
const RETRY: JobOptions['retry'] = { strategy: 'exponential', maxAttempts: 10, deadlineMs: 600_000 };

/** What each operation on rows that are there already has to be told, and may not be told. */
const NEEDED: Readonly<Partial<Record<BatchOperation, 'set' | 'transform' | 'olderThanDays'>>> = {
  UPDATE: 'set',
  MIGRATE: 'transform',
  PURGE: 'olderThanDays',
};

/**
 * Options of a job over rows that are there already.
 * @throws BatchRequestError BATCH_REQUEST_INVALID
 */
export function walkOptionsOf({ operation, options = {} }: JobRequest, target: BatchTarget): JobOptions {
  if (operation === 'CREATE' || operation === 'UPSERT') {
    throw new BatchRequestError('operation', 'needs records: send them as NDJSON or CSV');
  }
  checkParts(operation, options, target);
  const { filter = {}, olderThanDays } = options;
  conditionsOf(target, filter);
  const isLimited = Object.keys(filter).length > 0 || (olderThanDays ?? 0) > 0;
  if (!isLimited && options.confirm !== true) {
    throw new BatchRequestError(
      'options.confirm',
      `must be true: nothing limits this ${operation}, it is for every row`,
    );
  }
  checkSet(target, options.set);
  checkTransform(target, options.transform);
  return { ...commonOf(options), ...walkPartsOf(options) };
}

/** Nothing that the operation needs is missing, and nothing is there that it cannot use. */
function checkParts(operation: BatchOperation, options: RequestedOptions, target: BatchTarget): void {
  for (const name of ['set', 'transform', 'olderThanDays'] as const) {
    const isNeeded = NEEDED[operation] === name;
    const isAllowed = isNeeded || (name === 'olderThanDays' && operation === 'ARCHIVE');
    if (isNeeded && options[name] === undefined) {
      throw new BatchRequestError(`options.${name}`, `is needed for ${operation}`);
    }
    if (!isAllowed && options[name] !== undefined) {
      throw new BatchRequestError(`options.${name}`, `makes no sense for ${operation}`);
    }
  }
  if (options.olderThanDays !== undefined && target.ageColumn === undefined) {
    throw new BatchRequestError('options.olderThanDays', 'makes no sense here: the target knows no age');
  }
}

/** Options of a job that records are sent for. @throws BatchRequestError BATCH_REQUEST_INVALID */
export function uploadOptionsOf(
  { operation, options = {} }: JobRequest,
  { keyColumns }: Pick<BatchTarget, 'keyColumns'>,
): JobOptions {
  if (!['CREATE', 'UPSERT', 'UPDATE', 'DELETE'].includes(operation)) {
    throw new BatchRequestError('operation', 'takes no records: send a filter as JSON');
  }
  if (operation !== 'CREATE' && keyColumns.length === 0) {
    throw new BatchRequestError(
      'operation',
      'takes no records here, whose rows have no key: send a filter as JSON',
    );
  }
  for (const name of ['filter', 'set', 'transform', 'olderThanDays', 'confirm'] as const) {
    if (options[name] !== undefined) {
      throw new BatchRequestError(`options.${name}`, 'makes no sense together with records');
    }
  }
  return commonOf(options);
}

function commonOf({ maxBad = MOST_BAD, retry = {} }: RequestedOptions): JobOptions {
  return { maxBad, retry: { ...RETRY, ...retry } };
}

function walkPartsOf({ filter, set, transform, olderThanDays }: RequestedOptions): Partial<JobOptions> {
  return {
    ...(filter && { filter }),
    ...(set && { set }),
    ...(transform !== undefined && { transform }),
    ...(olderThanDays !== undefined && { olderThanDays }),
  };
}

function checkSet(target: BatchTarget, set: RequestedOptions['set']): void {
  if (set === undefined) return;
  if (Object.keys(set).length === 0) throw new BatchRequestError('options.set', 'names no column');
  for (const [field, value] of Object.entries(set)) {
    const path = `options.set.${field}`;
    const column = target.columns.find((candidate) => candidate.field === field);
    if (column === undefined || target.keyColumns.includes(column.column)) {
      const names = target.columns.filter((each) => !target.keyColumns.includes(each.column));
      throw new BatchRequestError(path, `is none of ${names.map((each) => each.field).join(', ')}`);
    }
    const encoded = encodeFor(path, column, value);
    if (encoded === null && column.isRequired === true)
      throw new BatchRequestError(path, 'must have a value');
  }
}

function checkTransform(target: BatchTarget, transform: string | undefined): void {
  if (transform === undefined) return;
  const names = (target.transforms ?? []).map(({ name }) => name);
  if (!names.includes(transform)) {
    throw new BatchRequestError('options.transform', `is none of ${names.join(', ')}`);
  }
}
