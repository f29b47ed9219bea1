/** Texts, quoted names and comments, in which nothing is a parameter. */
const PASSED_OVER = String.raw`[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*[\s\S]*?\*/`;

const TYPED = String.raw`\b(interval|date|timestamptz|timestamp|timetz|time|numeric|decimal|integer|bigint|smallint|boolean|real|double\s+precision|text|json|jsonb|uuid|inet|bytea|point|bit|varchar|char)(\s+with(?:out)?\s+time\s+zone)?\s*(\(\d+\))?\s+(\$\d+)(?!\w)(?:\s+(?:year|month|day|hour|minute|second)s?(?:\s+to\s+(?:year|month|day|hour|minute|second))?\b)?`;
const EXTRACTED = String.raw`\bextract\s*\(\s*(\$\d+)\s+from\b`;

/**
 * What normalising a statement leaves that PostgreSQL cannot parse, written so that it can: the constant of
 * `interval '1 day'` becomes `interval $1`, which is `$1::interval` in words that the grammar knows.
 */
export function repairParameters(text: string): string {
  if (!/\$\d/.test(text)) return text;
  const typed = replaceOutside(
    text,
    TYPED,
    ([, type = '', zone = '', length = '', parameter = '']) => `${parameter}::${type}${length}${zone}`,
  );
  return replaceOutside(typed, EXTRACTED, ([, parameter = '']) => `date_part(${parameter}::text,`);
}

/** `$number` with a cast to `type` wherever it has none. */
export function castParameter(text: string, number: number, type: string): string {
  return replaceOutside(text, String.raw`\$${number}(?!\d|\s*::)`, ([parameter]) => `${parameter}::${type}`);
}

/** Parameters without a cast, the nearest to `position` (characters, from 1) first. */
export function parametersNear(text: string, position: number): readonly number[] {
  const found: { number: number; distance: number }[] = [];
  replaceOutside(text, String.raw`\$(\d+)(?!\d|\s*::)`, ([whole, number = ''], at) => {
    found.push({ number: Number(number), distance: Math.abs(at + 1 - position) });
    return whole;
  });
  found.sort((one, other) => one.distance - other.distance);
  return [...new Set(found.map(({ number }) => number))];
}

/** Replaces matches of `pattern` that stand in no text, quoted name or comment. */
function replaceOutside(
  text: string,
  pattern: string,
  replace: (match: readonly [string, ...string[]], at: number) => string,
): string {
  return text.replace(
    new RegExp(`(${PASSED_OVER})|(?:${pattern})`, 'gi'),
    (whole: string, ...rest: unknown[]) => {
      const at = Number(rest.find((part) => typeof part === 'number'));
      const [passedOver, ...groups] = rest.slice(0, rest.indexOf(at)).map((group) => group as string);
      return passedOver === undefined ? replace([whole, ...groups], at) : whole;
    },
  );
}
