/** `interval $1` is no SQL, though pg_stat_statements writes it: the value that was there was a part of a constant. */
const TYPED = /\b(interval|date|timestamptz|timestamp|time)(\s+with(?:out)?\s+time\s+zone)?\s+(\$\d+)/gi;
const INTERVAL_FIELDS = /(\$\d+)::interval\s+(year|month|day|hour|minute|second)(\s+to\s+\w+)?\b/gi;
const UNTYPED = /could not determine data type of parameter \$(\d+)/;

/**
 * A statement whose values were replaced by `$n`, in a form that PostgreSQL takes.
 * @param error what it said about the form before, if it did; undefined when nothing is left to try
 */
export function repaired(text: string): string;
export function repaired(text: string, error: unknown): string | undefined;
export function repaired(text: string, error?: unknown): string | undefined {
  const typed = text
    .replaceAll(
      TYPED,
      (_, type: string, zone: string | undefined, parameter: string) => `${parameter}::${type}${zone ?? ''}`,
    )
    .replaceAll(INTERVAL_FIELDS, '$1::interval');
  return error === undefined ? typed : afterError(typed, error);
}

function afterError(text: string, error: unknown): string | undefined {
  const { message = '', position } = (error ?? {}) as { message?: string; position?: string };
  const [, untyped] = UNTYPED.exec(message) ?? [];
  if (untyped !== undefined)
    return text.replaceAll(new RegExp(`\\$${untyped}(?!\\d|::)`, 'g'), `$$${untyped}::text`);
  return position === undefined ? undefined : castNear(text, Number(position), message);
}

/** An operator that several types have: the parameter beside it gets the type that is meant most often. */
function castNear(text: string, position: number, message: string): string | undefined {
  const prefix = /^PREPARE \S+ AS /.exec('PREPARE plimsoll_advice AS ')?.[0].length ?? 0;
  const at = position - 1 - prefix;
  const type = /interval|timestamp|date/.test(message)
    ? 'interval'
    : /unknown/.test(message)
      ? 'integer'
      : 'text';
  const parameters = [...text.matchAll(/\$\d+(?!\d|::)/g)];
  const nearest = parameters.toSorted(
    (one, other) => Math.abs(one.index - at) - Math.abs(other.index - at),
  )[0];
  if (nearest === undefined) return undefined;
  const end = nearest.index + nearest[0].length;
  return `${text.slice(0, end)}::${type}${text.slice(end)}`;
}
