const MOST_PARAMETERS = 50;

/** What is told of a bound value: its type, and how long it is. */
export interface RedactedParameter {
  readonly type: string;
  /** Characters of a text, bytes of a buffer, elements of an array. */
  readonly length?: number;
}

/** Types and lengths of bound values, never the values; the first 50 of them. */
export function redactParameters(values: readonly unknown[]): RedactedParameter[] {
  return values.slice(0, MOST_PARAMETERS).map(redactParameter);
}

function redactParameter(value: unknown): RedactedParameter {
  if (value === null || value === undefined) return { type: 'null' };
  if (typeof value === 'string') return { type: 'text', length: value.length };
  if (Buffer.isBuffer(value)) return { type: 'bytea', length: value.length };
  if (Array.isArray(value)) return { type: 'array', length: value.length };
  if (value instanceof Date) return { type: 'timestamp' };
  return { type: typeof value };
}
