import type { TableFacts } from './facts.js';
import { quoteName } from './plan/print.js';
import type { Qualifier } from './plan/qualifier.js';

/** Predicate of a partial index for a condition on a flag or on missing values: those do not change with the request. */
export function predicateFor(
  { kind, keys, text, isKnown }: Qualifier,
  table: TableFacts,
): string | undefined {
  const column = table.columns.get(keys[0]?.column ?? '');
  if (column === undefined || !isKnown) return undefined;
  const name = quoteName(column.name);
  if (kind === 'null') return `${name} IS NULL`;
  if (kind === 'not-null') return `${name} IS NOT NULL`;
  if (kind !== 'equal' || column.category !== 'B') return undefined;
  const isNegated = /NOT |IS FALSE|= false/i.test(text);
  return isNegated ? `NOT ${name}` : name;
}
