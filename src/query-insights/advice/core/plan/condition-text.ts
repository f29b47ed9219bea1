/** Pieces of a condition that EXPLAIN printed: `((a = 1) AND (b = 2))` in, `(a = 1)` and `(b = 2)` out. */
export function splitCondition(text: string, by: 'AND' | 'OR'): string[] {
  const inner = withoutParentheses(text.trim());
  const pieces: string[] = [];
  let start = 0;
  for (const at of topLevel(inner)) {
    if (!inner.startsWith(` ${by} `, at)) continue;
    pieces.push(inner.slice(start, at));
    start = at + by.length + 2;
  }
  // A comparison's own parentheses are kept: they are harmless.
  return pieces.length === 0 ? [text] : [...pieces, inner.slice(start)];
}

/** Takes away parentheses around the whole. */
export function withoutParentheses(text: string): string {
  let inner = text;
  while (inner.startsWith('(') && closes(inner)) inner = inner.slice(1, -1);
  return inner;
}

/** The first parenthesis is closed by the last character and not before. */
function closes(text: string): boolean {
  if (!text.endsWith(')')) return false;
  const outside = [...topLevel(text)].filter((at) => at > 0 && at < text.length);
  return outside.length === 0;
}

/** Positions that stand in no parentheses and in no quotes. */
function* topLevel(text: string): Generator<number> {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (depth === 0) yield at;
    if (character === "'" || character === '"') at = text.indexOf(character, at + 1);
    if (at === -1) return;
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
  }
}
