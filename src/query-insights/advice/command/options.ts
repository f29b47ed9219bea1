import { parseArgs } from 'node:util';
import { isDecodable } from '../../../config/index.js';
import { AdviceUsageError } from '../../errors.js';

export interface AdviceOptions {
  readonly databaseUrl: string;
  /** Several are one workload. */
  readonly statements: readonly string[];
}

export const USAGE = `Usage: npm run advise -- --database-url URL --sql STATEMENT [--sql STATEMENT ...]

Says which indexes would make the statements cheaper. Nothing is executed and nothing is created: the planner is
asked, in a READ ONLY transaction that is rolled back. Several statements are one workload.

  --database-url URL   postgres://user:password@host:port/database; the user must be able to read the tables
  --sql STATEMENT      one SELECT, INSERT, UPDATE, DELETE or MERGE; $1, $2 ... stand for values
  --help               this text

The last line is JSON: {"suggestions":[...],"notExplained":[...],"rewrites":[...]}
Exit code: 0 advice was given, even if it is none; 1 the database could not be asked; 2 unusable options
`;

const OPTIONS = {
  'database-url': { type: 'string' },
  sql: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws AdviceUsageError ADVICE_USAGE_INVALID */
export function parseOptions(args: readonly string[]): AdviceOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const { sql: statements = [], 'database-url': databaseUrl } = values;
  if (databaseUrl === undefined || !isDatabaseUrl(databaseUrl)) {
    throw new AdviceUsageError(
      'Name the database by --database-url postgres://user:password@host:port/database; a "%" in it is written as %25.',
    );
  }
  if (statements.length === 0) throw new AdviceUsageError('Name at least one statement by --sql.');
  return { databaseUrl, statements };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new AdviceUsageError(error instanceof Error ? `${error.message}.` : String(error));
  }
}

function isDatabaseUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol) && isDecodable(text);
}
