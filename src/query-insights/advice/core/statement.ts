import type { Node, ScanToken } from 'libpg-query';
import type { SqlParser } from '../../sql/parser.js';

/** A statement in the form in which the planner may be asked about it. */
export interface ReadableStatement {
  readonly text: string;
  /** Explained in its place: reads the same rows, and locks no table for writing. */
  readonly explained: string;
  /** Highest `$n`. */
  readonly parameters: number;
  /** Its ORDER BY, which a plan does not show that has the order anyhow. */
  readonly orderBy: readonly SortKey[];
  readonly writes?: StatementWrites;
}

/** A key of an ORDER BY as it is written: a place in the list, or a name. */
export interface SortKey {
  readonly place?: number;
  readonly alias?: string;
  readonly name?: string;
  readonly isDescending: boolean;
  readonly isNullsFirst: boolean;
}

/** What a statement writes. */
export interface StatementWrites {
  readonly schema?: string;
  readonly table: string;
  readonly kind: 'insert' | 'update' | 'delete';
  /** Set by an update. */
  readonly columns: readonly string[];
}

export type StatementReading = ReadableStatement | { readonly refused: string };

type Statements = Readonly<Record<string, Record<string, unknown> | undefined>>;

interface TableName {
  readonly relname?: string;
  readonly schemaname?: string;
}

const ONLY_DATA = 'only SELECT, INSERT, UPDATE, DELETE and MERGE have plans that indexes change';
const LOCKING = /^(UPDATE|SHARE|NO|KEY)$/;

/** Tells whether there is advice for a statement, and what to ask the planner. */
export class StatementReader {
  constructor(private readonly parser: SqlParser) {}

  /** Never throws: what cannot be read is refused with its reason. */
  read(text: string): StatementReading {
    try {
      const statements = this.parser.parse(text).stmts ?? [];
      const [only] = statements;
      if (only?.stmt === undefined) return { refused: 'there is no statement in it' };
      if (statements.length > 1)
        return { refused: 'it holds several statements; name each of them by itself' };
      return this.readOne(text, only.stmt);
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  }

  private readOne(text: string, node: Node): StatementReading {
    const [tag = '', inner = {}] = Object.entries(node as unknown as Statements)[0] ?? [];
    const words = new Words(text, this.parser.scan(text));
    const parameters = words.parameters;
    if (writesInside(inner))
      return { refused: 'a WITH of it changes data, which cannot be planned without locking its table' };
    const read = this.forms[tag];
    if (read === undefined) return { refused: ONLY_DATA };
    if ('intoClause' in inner) return { refused: 'it creates a table (SELECT INTO); ask for its SELECT' };
    return { text, parameters, orderBy: [], ...read(words, inner) };
  }

  private readonly forms: Readonly<Record<string, Form>> = {
    SelectStmt: (words, inner) => ({ explained: words.withoutLocking(), orderBy: orderOf(inner) }),
    InsertStmt: (words, inner) => ({
      explained: words.after('SELECT', 'VALUES'),
      writes: writesOf(inner, 'insert'),
    }),
    UpdateStmt: (words, inner) => ({ explained: words.asSelect('SET'), writes: writesOf(inner, 'update') }),
    DeleteStmt: (words, inner) => ({ explained: words.asSelect('USING'), writes: writesOf(inner, 'delete') }),
    MergeStmt: (words, inner) => ({ explained: words.mergeAsSelect(), writes: writesOf(inner, 'update') }),
  };
}

type Form = (
  words: Words,
  inner: Record<string, unknown>,
) => Pick<ReadableStatement, 'explained'> & Partial<ReadableStatement>;

interface SortBy {
  readonly node?: {
    ColumnRef?: { fields?: { String?: { sval?: string } }[] };
    A_Const?: { ival?: { ival?: number } };
  };
  readonly sortby_dir?: string;
  readonly sortby_nulls?: string;
}

function orderOf(inner: Record<string, unknown>): SortKey[] {
  const clauses = (inner['sortClause'] ?? []) as { SortBy?: SortBy }[];
  return clauses.map(({ SortBy: clause = {} }) => ({ ...directionOf(clause), ...nameOf(clause) }));
}

function directionOf({ sortby_dir: direction, sortby_nulls: nulls }: SortBy) {
  const isDescending = direction === 'SORTBY_DESC';
  const isNullsFirst = nulls === 'SORTBY_NULLS_FIRST' || (nulls !== 'SORTBY_NULLS_LAST' && isDescending);
  return { isDescending, isNullsFirst };
}

function nameOf({ node }: SortBy) {
  const [name, alias] = (node?.ColumnRef?.fields ?? []).map(({ String: part }) => part?.sval).toReversed();
  const place = node?.A_Const?.ival?.ival;
  return {
    ...(place !== undefined && { place }),
    ...(name !== undefined && { name }),
    ...(alias !== undefined && { alias }),
  };
}

function writesOf(inner: Record<string, unknown>, kind: StatementWrites['kind']): StatementWrites {
  const { relname = '', schemaname } = (inner['relation'] ?? {}) as TableName;
  const targets = (inner['targetList'] ?? []) as { ResTarget?: { name?: string } }[];
  const columns = kind === 'update' ? targets.flatMap(({ ResTarget }) => ResTarget?.name ?? []) : [];
  return { table: relname, kind, columns, ...(schemaname !== undefined && { schema: schemaname }) };
}

/** A CTE that writes. */
function writesInside(inner: Record<string, unknown>): boolean {
  const { ctes = [] } = (inner['withClause'] ?? {}) as {
    ctes?: { CommonTableExpr?: { ctequery?: object } }[];
  };
  return ctes.some(({ CommonTableExpr }) => {
    const [kind] = Object.keys(CommonTableExpr?.ctequery ?? {});
    return kind !== undefined && kind !== 'SelectStmt';
  });
}

/** The words of a statement that stand in no parentheses. */
class Words {
  private readonly bytes: Buffer;
  private readonly top: readonly ScanToken[];

  constructor(
    text: string,
    private readonly all: readonly ScanToken[],
  ) {
    this.bytes = Buffer.from(text);
    let depth = 0;
    this.top = all.filter(({ text: word }) => {
      if (word === ')' || word === ']') depth -= 1;
      const isTop = depth === 0;
      if (word === '(' || word === '[') depth += 1;
      return isTop;
    });
  }

  get parameters(): number {
    const numbers = this.all
      .filter(({ tokenName }) => tokenName === 'PARAM')
      .map(({ text }) => Number(text.slice(1)));
    return Math.max(0, ...numbers);
  }

  /** Without FOR UPDATE and its like. */
  withoutLocking(): string {
    const at = this.top.findIndex(
      ({ text }, index) => isWord(text, 'FOR') && LOCKING.test(this.top[index + 1]?.text.toUpperCase() ?? ''),
    );
    const rest = this.top.slice(at + 1).find(({ text }) => isWord(text, 'LIMIT') || isWord(text, 'OFFSET'));
    if (at === -1) return this.slice(0, this.end);
    return `${this.slice(0, this.start(at))}${rest === undefined ? '' : ` ${this.slice(rest.start, this.end)}`}`;
  }

  /** From the first of the words on. */
  after(...words: string[]): string {
    const at = this.find(...words);
    const until =
      this.find('RETURNING') === -1
        ? this.find('ON')
        : Math.min(this.find('RETURNING'), this.find('ON') === -1 ? Infinity : this.find('ON'));
    const isConflict =
      until !== -1 && (isWord(this.word(until), 'RETURNING') || isWord(this.word(until + 1), 'CONFLICT'));
    if (at === -1) return 'SELECT 1';
    return `${this.with()}${this.slice(this.start(at), isConflict ? this.start(until) : this.end)}`;
  }

  /** UPDATE t SET ... FROM u WHERE ..., or DELETE FROM t USING u WHERE ..., as what it reads. */
  asSelect(separator: 'SET' | 'USING'): string {
    const begin = this.find('UPDATE', 'DELETE');
    const target = isWord(this.word(begin + 1), 'FROM') ? begin + 2 : begin + 1;
    const [where, returning] = [this.find('WHERE'), this.find('RETURNING')];
    const end = returning === -1 ? this.end : this.start(returning);
    const middle = this.find(separator);
    const targetEnd = [middle, where, returning].filter((at) => at !== -1).map((at) => this.start(at));
    const table = this.slice(this.start(target), Math.min(end, ...targetEnd));
    const others = separator === 'SET' ? this.findAfter(middle, 'FROM') : middle;
    const from =
      others === -1 ? '' : `, ${this.slice(this.endOf(others), where === -1 ? end : this.start(where))}`;
    const condition = where === -1 ? '' : this.slice(this.start(where), end);
    return `${this.with()}SELECT ${aliasOf(table)}.* FROM ${table}${from} ${condition}`;
  }

  /** MERGE INTO t USING s ON ... WHEN ..., as the join that it is. */
  mergeAsSelect(): string {
    const [into, using, on, when] = [
      this.find('INTO'),
      this.find('USING'),
      this.find('ON'),
      this.find('WHEN'),
    ];
    const table = this.slice(this.endOf(into), this.start(using));
    const source = this.slice(this.endOf(using), this.start(on));
    const condition = this.slice(this.endOf(on), this.start(when));
    return `${this.with()}SELECT ${aliasOf(table)}.* FROM ${source} LEFT JOIN ${table} ON ${condition}`;
  }

  private with(): string {
    const main = this.find('INSERT', 'UPDATE', 'DELETE', 'MERGE');
    return isWord(this.word(0), 'WITH') ? `${this.slice(0, this.start(main))} ` : '';
  }

  private get end(): number {
    const last = this.all.at(-1);
    return last === undefined ? 0 : last.text === ';' ? last.start : last.end;
  }

  private find(...words: string[]): number {
    return this.top.findIndex(({ text }) => words.some((word) => isWord(text, word)));
  }

  private findAfter(from: number, word: string): number {
    return this.top.findIndex(({ text }, index) => index > from && isWord(text, word));
  }

  private word(index: number): string {
    return this.top[index]?.text ?? '';
  }

  private start(index: number): number {
    return this.top[index]?.start ?? this.end;
  }

  private endOf(index: number): number {
    return this.top[index]?.end ?? this.end;
  }

  private slice(from: number, to: number): string {
    return this.bytes.subarray(from, to).toString().trim();
  }
}

function isWord(text: string, word: string): boolean {
  return text.toUpperCase() === word;
}

/** The name by which the columns of `schema.table AS alias` go. */
function aliasOf(table: string): string {
  const parts = /(?:\s(?:AS\s+)?)?("(?:[^"]|"")+"|[\w$\u0080-\uffff]+)\s*$/i.exec(
    table.replace(/\s*\*\s*$/, ''),
  );
  return parts?.[1] ?? table;
}
