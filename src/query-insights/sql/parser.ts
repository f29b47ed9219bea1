import { fingerprintSync, hasSqlDetails, loadModule, normalizeSync, parseSync } from 'libpg-query';
import type { ParseResult } from 'libpg-query';
import { SqlSyntaxError } from '../errors.js';

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
    return translated(() => parseSync(text));
  }

  /** Equal for statements that differ in values, white space and aliases alone: 16 hexadecimal digits. @throws as parse */
  fingerprint(text: string): string {
    return translated(() => fingerprintSync(text));
  }

  /** The text with `$1`, `$2` ... for its values. @throws as parse */
  normalize(text: string): string {
    return translated(() => normalizeSync(text));
  }
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const position = hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : undefined;
    throw new SqlSyntaxError(error.message, position, error);
  }
}
