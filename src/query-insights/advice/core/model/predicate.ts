import type { Qualifier } from '../plan/qualifier.js';

/** Whether the conditions contain the predicate of a partial index, as text: PostgreSQL proves more than that. */
export function implies(qualifiers: readonly Qualifier[], predicate: string): boolean {
  const wanted = bare(predicate);
  const pieces = wanted.split(' and ').map((piece) => bare(piece));
  const given = new Set(qualifiers.map(predicateOf).map(bare));
  if (given.has(wanted) || pieces.every((piece) => given.has(piece))) return true;
  const [, notNull] = /^(\S+) is not null$/.exec(wanted) ?? [];
  const strict = new Set(['equal', 'range', 'prefix', 'search', 'not-null']);
  return (
    notNull !== undefined && qualifiers.some(({ kind, keys }) => strict.has(kind) && keys[0]?.id === notNull)
  );
}

/** A condition without the alias of its table, as pg_get_expr prints those of indexes. */
export function predicateOf({ text }: Qualifier): string {
  return text.replaceAll(/((?:"(?:[^"]|"")+"|\b[a-z_][\w$]*))\.(?=["a-z_])/gi, '');
}

/** Equal for texts that differ in parentheses and case. */
function bare(text: string): string {
  return text.replaceAll(/[()]/g, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}
