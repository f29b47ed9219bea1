const SEARCH_BY_CATEGORY: Readonly<Record<string, ReadonlySet<string>>> = {
  A: new Set(['@>', '<@', '&&', '=']),
  R: new Set(['@>', '<@', '&&', '=', '-|-', '<<', '>>']),
};

/** Operator classes by which LIKE 'abc%' uses a b-tree under any collation. */
export const PATTERN_OPS: Readonly<Record<string, string>> = {
  text: 'text_pattern_ops',
  'character varying': 'varchar_pattern_ops',
  character: 'bpchar_pattern_ops',
};

const TEXT_SEARCH = new Set(['~~', '~~*', '~', '~*']);

/** Method and operator class for what a b-tree does not do. */
export function searchClass(
  operator: string,
  type: string,
  category: string | undefined,
  extensions: ReadonlySet<string>,
): { readonly method: 'gin' | 'gist'; readonly opclass?: string } | undefined {
  if (type === 'jsonb') return jsonClass(operator);
  if (`${type} ${operator}` === 'tsvector @@') return { method: 'gin' };
  if (SEARCH_BY_CATEGORY[category ?? '']?.has(operator) === true) {
    return { method: category === 'A' ? 'gin' : 'gist' };
  }
  const isText = type in PATTERN_OPS && TEXT_SEARCH.has(operator);
  return isText && extensions.has('pg_trgm') ? { method: 'gin', opclass: 'gin_trgm_ops' } : undefined;
}

function jsonClass(operator: string): { readonly method: 'gin'; readonly opclass?: string } | undefined {
  if (/^(\?|\?\||\?&)$/.test(operator)) return { method: 'gin' };
  return /^(@>|@\?|@@)$/.test(operator) ? { method: 'gin', opclass: 'jsonb_path_ops' } : undefined;
}
