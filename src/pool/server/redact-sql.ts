import { withoutLiterals } from '../../kernel/sql-literals.js';

const SHOWN_CHARACTERS = 500;

/**
 * The start of a statement without the values in it: Sequelize writes them into the text, and what others run is not
 * ours to show. Comments go as well, since anything may stand in them.
 */
export function redactSql(text: string): string {
  // Twice as much as is shown: redaction shortens.
  return withoutLiterals(text.slice(0, 2 * SHOWN_CHARACTERS)).slice(0, SHOWN_CHARACTERS);
}
