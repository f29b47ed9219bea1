const SHOWN_CHARACTERS = 500;

/** Quoted names and comments stay; strings of every kind and numbers go. */
const TOKENS =
  /"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|[xXbBnN]?'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*|)\$[\s\S]*?(?:\$\1\$|$)|\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+/g;

/**
 * The start of a statement without the values in it: Sequelize writes them into the text, and what others run is not
 * ours to show. Comments go as well, since anything may stand in them.
 */
export function redactSql(text: string): string {
  // Twice as much as is shown: redaction shortens.
  const start = text.slice(0, 2 * SHOWN_CHARACTERS);
  const redacted = start.replace(TOKENS, (token) => {
    if (token.startsWith('--') || token.startsWith('/*')) return ' ';
    if (/^(?:"|\$\d|[A-Za-z_\u0080-\uffff])/.test(token) && !/^[eExXbBnN]'/.test(token)) return token;
    return '?';
  });
  return redacted.replace(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
}
