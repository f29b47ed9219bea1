import type { Node } from 'libpg-query';
import type { SqlParser } from '../../../sql/parser.js';
import { printNode, quoteName } from './print.js';

/** An expression of a plan, as far as advice tells kinds apart. */
export type Expression =
  | { readonly kind: 'column'; readonly alias?: string; readonly name: string }
  | { readonly kind: 'constant'; readonly value: string | undefined }
  /** Known only while the statement runs: a parameter or the answer of a sub-select. */
  | { readonly kind: 'parameter' }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly node: Node;
    }
  | { readonly kind: 'cast'; readonly type: string; readonly arg: Expression; readonly node: Node }
  | {
      readonly kind: 'operation';
      readonly operator: string;
      readonly args: readonly Expression[];
      readonly node: Node;
    }
  | {
      readonly kind: 'any';
      readonly operator: string;
      readonly isAll: boolean;
      readonly args: readonly Expression[];
    }
  | { readonly kind: 'null-test'; readonly isNull: boolean; readonly arg: Expression }
  | { readonly kind: 'boolean-test'; readonly test: string; readonly arg: Expression }
  | { readonly kind: 'and' | 'or' | 'not' | 'row' | 'other'; readonly args: readonly Expression[] };

/** Numbers that stand for the answers of sub-selects: no statement has as many parameters. */
const SUB_SELECT = '$65001';
const SUB_SELECTS = [
  /\(alternatives: SubPlan \d+ or hashed SubPlan \d+\)/g,
  /EXISTS\((?:hashed )?SubPlan \d+\)(?:\.col\d+)?/g,
  /\((?:hashed )?(?:SubPlan|InitPlan) [^()]*\)(?:\.col\d+)?/g,
  /\((?:hashed )?(?:SubPlan|InitPlan) \d+ \(returns [^()]*\)\)(?:\.col\d+)?/g,
];

/** Reads conditions that EXPLAIN printed; what is no SQL becomes 'other'. */
export class ExpressionReader {
  private readonly known = new Map<string, Expression>();

  constructor(private readonly parser: SqlParser) {}

  read(text: string): Expression {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const read = this.parse(withoutSubSelects(text));
    this.known.set(text, read);
    return read;
  }

  private parse(text: string): Expression {
    try {
      const statement = this.parser.parse(`SELECT ${text}`).stmts?.[0]?.stmt;
      const target =
        statement !== undefined && 'SelectStmt' in statement && statement.SelectStmt.targetList?.[0];
      const value = target && 'ResTarget' in target ? target.ResTarget.val : undefined;
      return value === undefined ? guessed(text) : toExpression(value);
    } catch {
      return guessed(text);
    }
  }
}

/** Columns anywhere in the expression. */
export function columnsOf(expression: Expression): { readonly alias?: string; readonly name: string }[] {
  if (expression.kind === 'column') return [expression];
  if ('args' in expression) return expression.args.flatMap(columnsOf);
  return 'arg' in expression ? columnsOf(expression.arg) : [];
}

export function hasParameter(expression: Expression): boolean {
  if (expression.kind === 'parameter') return true;
  if ('args' in expression) return expression.args.some(hasParameter);
  return 'arg' in expression && hasParameter(expression.arg);
}

function withoutSubSelects(text: string): string {
  return SUB_SELECTS.reduce((rest, pattern) => rest.replaceAll(pattern, SUB_SELECT), text);
}

const QUALIFIED = /("(?:[^"]|"")+"|[a-z_][\w$]*)\.("(?:[^"]|"")+"|[a-z_][\w$]*)(?![\w(.])/gi;

/** Columns of a text that is no SQL, as well as they can be told. */
function guessed(text: string): Expression {
  const columns = [...text.matchAll(QUALIFIED)].map(([, alias = '', name = '']): Expression => ({
    kind: 'column',
    alias: unquote(alias),
    name: unquote(name),
  }));
  return { kind: 'other', args: [...columns, { kind: 'parameter' }] };
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

type Reader = (inner: never, node: Node) => Expression;

function toExpression(node: Node): Expression {
  const [tag, inner] = Object.entries(node)[0] ?? [];
  const reader = tag === undefined ? undefined : READERS[tag];
  return reader === undefined ? { kind: 'other', args: nestedOf(inner) } : reader(inner as never, node);
}

const READERS: Readonly<Record<string, Reader>> = {
  ColumnRef: ({ fields }: { fields?: Node[] }) => toColumn((fields ?? []).map(stringOf)),
  ParamRef: () => ({ kind: 'parameter' }),
  A_Const: (inner: object) => ({ kind: 'constant', value: constantOf(inner) }),
  TypeCast: (inner: { arg?: Node; typeName?: unknown }, node) => toCast(inner, node),
  FuncCall: ({ funcname, args }: { funcname?: Node[]; args?: Node[] }, node) => ({
    kind: 'call',
    name: (funcname ?? []).map(stringOf).join('.'),
    args: (args ?? []).map(toExpression),
    node,
  }),
  A_Expr: (inner: AExpr, node) => toOperation(inner, node),
  BoolExpr: ({ boolop, args }: { boolop?: string; args?: Node[] }) => ({
    kind: boolop === 'AND_EXPR' ? 'and' : boolop === 'OR_EXPR' ? 'or' : 'not',
    args: (args ?? []).map(toExpression),
  }),
  NullTest: ({ arg, nulltesttype }: { arg: Node; nulltesttype?: string }) => ({
    kind: 'null-test',
    isNull: nulltesttype === 'IS_NULL',
    arg: toExpression(arg),
  }),
  BooleanTest: ({ arg, booltesttype }: { arg: Node; booltesttype?: string }) => ({
    kind: 'boolean-test',
    test: booltesttype ?? '',
    arg: toExpression(arg),
  }),
  RowExpr: ({ args }: { args?: Node[] }) => ({ kind: 'row', args: (args ?? []).map(toExpression) }),
  CollateClause: ({ arg }: { arg: Node }) => toExpression(arg),
};

interface AExpr {
  readonly kind?: string;
  readonly name?: Node[];
  readonly lexpr?: Node;
  readonly rexpr?: Node;
}

function toOperation({ kind, name, lexpr, rexpr }: AExpr, node: Node): Expression {
  const operator = stringOf((name ?? []).at(-1));
  const args = [lexpr, rexpr].flatMap((side) => (side === undefined ? [] : [toExpression(side)]));
  if (kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL') {
    return { kind: 'any', operator, isAll: kind === 'AEXPR_OP_ALL', args };
  }
  if (kind === 'AEXPR_OP') return { kind: 'operation', operator, args, node };
  return { kind: 'other', args };
}

function toCast({ arg, typeName }: { arg?: Node; typeName?: unknown }, node: Node): Expression {
  const type = printNode({ TypeName: typeName } as unknown as Node) ?? '';
  const inner: Expression = arg === undefined ? { kind: 'other', args: [] } : toExpression(arg);
  return inner.kind === 'constant' || inner.kind === 'parameter'
    ? inner
    : { kind: 'cast', type, arg: inner, node };
}

function toColumn(fields: readonly string[]): Expression {
  const [name, alias] = fields.toReversed();
  return { kind: 'column', name: name ?? '', ...(alias !== undefined && { alias }) };
}

function constantOf(inner: object): string | undefined {
  if ('isnull' in inner) return undefined;
  const [tag, value] = Object.entries(inner).find(([name]) => name !== 'location') ?? [];
  const [held] = Object.values((value ?? {}) as Record<string, string | number | boolean>);
  if (held === undefined) return tag === 'boolval' ? 'false' : tag === 'ival' ? '0' : '';
  return String(held);
}

function stringOf(node: Node | undefined): string {
  return node !== undefined && 'String' in node ? (node.String.sval ?? '') : '*';
}

/** Expressions in whatever this is. */
function nestedOf(value: unknown): Expression[] {
  if (Array.isArray(value)) return value.flatMap(nestedOf);
  if (typeof value !== 'object' || value === null) return [];
  const [tag] = Object.keys(value);
  if (tag !== undefined && READERS[tag] !== undefined) return [toExpression(value as Node)];
  return Object.values(value).flatMap(nestedOf);
}

/** `expression` without aliases, as the definition of an index wants it; undefined when it cannot be printed. */
export function printed(expression: Expression): string | undefined {
  if (expression.kind === 'column') return quoteName(expression.name);
  return 'node' in expression ? printNode(expression.node) : undefined;
}
