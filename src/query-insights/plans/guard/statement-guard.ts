import type { SqlParser } from '../../sql/parser.js';
import { measureNesting } from '../../sql/nesting.js';
import { refuse } from './refuse.js';
import type { StatementFacts } from './statement-facts.js';
import { StatementWalk } from './statement-walk.js';
import { isFields, listOf, taggedNode } from './syntax-tree.js';

/** Longest statement, in bytes of UTF-8. */
export const MOST_STATEMENT_BYTES = 20_480;
const MOST_BRACKETS = 64;
const MOST_LEVELS = 400;

/**
 * The first layer: the text alone. Answers what the statement names once it is exactly one SELECT (VALUES and TABLE are
 * SELECTs), small, flat, and free of whatever writes or locks.
 *
 * @throws SqlSyntaxError QUERY_SYNTAX
 * @throws QueryPlanRefusedError QUERY_PLAN_REFUSED
 */
export function readStatement(parser: SqlParser, text: string): StatementFacts {
  checkSize(text);
  const statements = listOf(parser.parse(text).stmts);
  if (statements.length !== 1) {
    refuse('statement', `one statement is expected, and these are ${statements.length}`, {
      statements: statements.length,
    });
  }
  const [only] = statements;
  const statement = isFields(only) && isFields(only['stmt']) ? taggedNode(only['stmt']) : undefined;
  if (statement?.tag !== 'SelectStmt') {
    refuse('statement', `it is no SELECT but ${nameOf(statement?.tag)}`, {
      statement: statement?.tag ?? null,
    });
  }
  return StatementWalk.read(statement.fields);
}

function checkSize(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_STATEMENT_BYTES) {
    refuse('size', `it has ${bytes} bytes, and ${MOST_STATEMENT_BYTES} are the most`, { bytes });
  }
  if (text.includes('\0')) refuse('size', 'it holds a NUL character');
  if (/\p{Cs}/u.test(text)) refuse('size', 'it holds half of a surrogate pair');
  const { brackets, levels } = measureNesting(text, MOST_LEVELS);
  if (brackets > MOST_BRACKETS || levels > MOST_LEVELS) {
    refuse('nesting', `it nests deeper than ${MOST_BRACKETS} brackets or ${MOST_LEVELS} levels`);
  }
}

function nameOf(tag: string | undefined): string {
  return tag?.replace(/Stmt$/, '').toUpperCase() ?? 'nothing';
}
