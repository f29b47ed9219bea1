/** A statement with numbered parameters, ready for the driver. */
export interface SqlQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A piece of SQL: may hold parameters and nest in other pieces. Made by `sql` only. */
export class SqlFragment {
  constructor(
    private readonly strings: readonly string[],
    private readonly parts: readonly unknown[],
  ) {}

  /** Flattens nested pieces and numbers the parameters $1, $2, ... */
  compile(): SqlQuery {
    const values: unknown[] = [];
    return { text: this.render(values), values };
  }

  private render(values: unknown[]): string {
    return this.strings.reduce((text, string, index) => {
      const part = this.parts[index - 1];
      if (part instanceof SqlFragment) return text + part.render(values) + string;
      values.push(part);
      return `${text}$${values.length}${string}`;
    });
  }
}

/** Tagged template: every `${value}` becomes a bound parameter, every nested fragment is spliced in. */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): SqlFragment {
  return new SqlFragment(strings, parts);
}

/** A quoted identifier: the only way a computed name enters a statement. */
export function identifier(name: string): SqlFragment {
  return new SqlFragment([`"${name.replaceAll('"', '""')}"`], []);
}

/** Fragments joined by `separator`, itself trusted text of this code base. */
export function joinSql(fragments: readonly SqlFragment[], separator: string): SqlFragment {
  if (fragments.length === 0) return new SqlFragment([''], []);
  const gaps = fragments.slice(1).map(() => separator);
  return new SqlFragment(['', ...gaps, ''], fragments);
}

/** A fragment from trusted text of this code base (a migration file); never from input. */
export function trustedSql(text: string): SqlFragment {
  return new SqlFragment([text], []);
}
