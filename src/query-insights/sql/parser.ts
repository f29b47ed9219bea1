import { fingerprintSync, hasSqlDetails, loadModule, normalizeSync, parseSync, scanSync } from 'libpg-query';
import type { ParseResult, ScanToken } from 'libpg-query';
import { SqlSyntaxError } from '../errors.js';
import { measureNesting } from './nesting.js';

/** Half of what the parser was seen to take on a stack of the usual size. */
const MOST_LEVELS = 1_000;

/**
 * PostgreSQL's own grammar, as WebAssembly. Loaded at the first use, because it takes some 80 MB that a process
 * in which nobody asks about statements need not spend.
 */
export class SqlParser {
  private constructor() {}

  private static loading: Promise<SqlParser> | undefined;

  /** The parser, loaded once a process. */
  static load(): Promise<SqlParser> {
    SqlParser.loading ??= loadModule().then(() => new SqlParser());
    return SqlParser.loading;
  }

  /** @throws SqlSyntaxError QUERY_SYNTAX */
  parse(text: string): ParseResult {
    return translated(text, () => parseSync(text));
  }

  /** Equal for statements that differ in values, white space and aliases alone: 16 hexadecimal digits. @throws as parse */
  fingerprint(text: string): string {
    return translated(text, () => fingerprintSync(text));
  }

  /** The text with `$1`, `$2` ... for its values. @throws as parse */
  normalize(text: string): string {
    return translated(text, () => normalizeSync(text));
  }

  /** Its words, without comments; places count bytes of UTF-8. @throws as parse */
  scan(text: string): ScanToken[] {
    return translated(text, () => scanSync(text).tokens).filter(
      ({ tokenName }) => !tokenName.endsWith('COMMENT'),
    );
  }
}

function translated<T>(text: string, work: () => T): T {
  if (measureNesting(text, MOST_LEVELS).levels > MOST_LEVELS) {
    throw new SqlSyntaxError(`it nests deeper than ${MOST_LEVELS} levels`, undefined);
  }
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const position = hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : undefined;
    throw new SqlSyntaxError(error.message, position === undefined ? undefined : position + 1, error);
  }
}
