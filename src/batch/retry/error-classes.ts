import { AppError } from '../../kernel/app-error.js';
import type { RecordFault } from '../operations/chunk.js';

/**
 * retry-now: another transaction was in the way. retry-smaller: it took too long, or waited too long. retry: the server or the way to it. row: a record is bad. pause: the
 * server has no room. stop: the work itself is wrong.
 */
export type ErrorClass = 'retry-now' | 'retry-smaller' | 'retry' | 'row' | 'pause' | 'stop';

/** SQLSTATEs (PostgreSQL, appendix A) and system errors, by what is to be done; the first that matches counts. */
const CLASSES: readonly (readonly [pattern: RegExp, kind: ErrorClass])[] = [
  [/^(40001|40P01)$/, 'retry-now'],
  [/^(55P03|57014)$/, 'retry-smaller'],
  [/^53100$/, 'pause'],
  [/^(08...|57P0[1-5]|53...|25006|58000)$/, 'retry'],
  [/^(E(CONN|PIPE|HOST|NET|AI_)[A-Z]*|ETIMEDOUT|ENOTFOUND)$/, 'retry'],
  // 21000: records with the same key in one ON CONFLICT.
  [/^(21000|2[23]...)$/, 'row'],
];

/** What PostgreSQL's driver knows of an error. */
interface DriverError {
  readonly code: string;
  readonly message: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly where?: string;
}

/** What is to be done about a failed transaction. */
export function classifyError(error: unknown): ErrorClass {
  const driver = driverErrorOf(error);
  const found = driver && CLASSES.find(([pattern]) => pattern.test(driver.code));
  if (found !== undefined) return found[1];
  // Our own words for a server that is away: the cause may have no code.
  return error instanceof AppError && error.kind === 'unavailable' ? 'retry' : 'stop';
}

/** Which record is bad, as far as the database says; undefined for errors of another kind. */
export function rowFaultOf(error: unknown): RecordFault | undefined {
  const driver = driverErrorOf(error);
  if (driver === undefined || !/^(21000|2[23]...)$/.test(driver.code)) return undefined;
  const { code: sqlState, message, constraint, column, where } = driver;
  // "COPY things, line 17, column size: ..."
  const line = /^COPY .+?, line (\d+)/m.exec(where ?? '')?.[1];
  return {
    sqlState,
    message,
    ...(constraint !== undefined && { constraint }),
    ...(column !== undefined && { column }),
    ...(line !== undefined && { line: Number(line) }),
  };
}

/** Through our own errors, whose cause it is. */
function driverErrorOf(error: unknown): DriverError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (!(at instanceof AppError) && 'code' in at && typeof at.code === 'string')
      return at as unknown as DriverError;
  }
  return undefined;
}
