/** What a literal becomes. */
const HIDDEN = '?';

/**
 * Comments, literals and numbers, as PostgreSQL's lexer sees them; identifiers and `$1` come first so that digits in
 * them are left alone. What is not closed, because a text was cut off, goes to the end.
 */
const TOKENS = new RegExp(
  [
    String.raw`(?<kept>"(?:[^"]|"")*"?|\$\d+)`,
    String.raw`(?<dollar>\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<escaped>\b[eE]'(?:[^'\\]|''|\\[^])*(?:'|\\?$))`,
    String.raw`(?<quoted>(?:\b(?:[bBxXnN]|[uU]&))?'(?:[^']|'')*(?:'|$))`,
    String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<number>(?:\d[\w.]*|\.\d[\w.]*)(?:(?<=[eE])[+-]\d+)?)`,
    String.raw`(?<line>--[^\n]*)`,
    String.raw`(?<block>/\*)`,
  ].join('|'),
  'gu',
);

/**
 * The statement without anything that may be somebody's data: literals and numbers become `?`, comments go, white
 * space is one blank. Works on texts that were cut off and on those that no grammar knows.
 */
export function withoutLiterals(text: string): string {
  const pieces: string[] = [];
  let end = 0;
  TOKENS.lastIndex = 0;
  for (let match = TOKENS.exec(text); match !== null; match = TOKENS.exec(text)) {
    pieces.push(text.slice(end, match.index), shown(match));
    end = match.groups?.['block'] === undefined ? TOKENS.lastIndex : endOfComment(text, TOKENS.lastIndex);
    TOKENS.lastIndex = end;
  }
  pieces.push(text.slice(end));
  return pieces.join('').replace(/\s+/g, ' ').trim();
}

function shown({ 0: token, groups = {} }: RegExpExecArray): string {
  if (groups['kept'] !== undefined || groups['word'] !== undefined) return token;
  return groups['line'] !== undefined || groups['block'] !== undefined ? ' ' : HIDDEN;
}

/** Comments in C's style nest. */
function endOfComment(text: string, start: number): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 1;
  for (let edge = edges.exec(text); edge !== null; edge = edges.exec(text)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return text.length;
}
