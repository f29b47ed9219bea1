import type { Node } from 'libpg-query';

const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;
/** Reserved, or of a meaning of their own where an index names its columns. */
const RESERVED = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case ' +
    'cast char character check coalesce collate collation column concurrently constraint create cross ' +
    'current_catalog current_date current_role current_schema current_time current_timestamp current_user dec ' +
    'decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign ' +
    'freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect ' +
    'interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query ' +
    'json_scalar json_serialize json_table json_value lateral leading least left like limit localtime ' +
    'localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on ' +
    'only or order out outer overlaps overlay placing position precision primary real references returning right ' +
    'row select session_user setof similar smallint some substring symmetric system_user table tablesample then ' +
    'time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when ' +
    'where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi ' +
    'xmlroot xmlserialize xmltable'
  ).split(' '),
);

/** An identifier, quoted when it has to be. */
export function quoteName(name: string): string {
  return PLAIN_NAME.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** SQL of an expression whose columns lose their table; undefined for kinds that no index has. */
export function printNode(node: Node): string | undefined {
  const [tag, inner] = Object.entries(node)[0] ?? [];
  const printer = tag === undefined ? undefined : PRINTERS[tag];
  return printer?.(inner as never);
}

type Printer = (inner: never) => string | undefined;

const PRINTERS: Readonly<Record<string, Printer>> = {
  ColumnRef: ({ fields }: { fields?: Node[] }) => quoteName(nameOf(fields?.at(-1))),
  A_Const: (inner: object) => printConstant(inner),
  TypeCast: ({ arg, typeName }: { arg: Node; typeName: object }) =>
    all([arg, { TypeName: typeName }], (value = '', type = '') =>
      'A_Const' in arg ? printTyped(value, type) : `(${value})::${type}`,
    ),
  TypeName: ({ names, typmods, arrayBounds }: { names?: Node[]; typmods?: Node[]; arrayBounds?: Node[] }) =>
    typmods === undefined ? `${printType((names ?? []).map(nameOf))}${arrayBounds ? '[]' : ''}` : undefined,
  FuncCall: ({ funcname = [], args = [] }: { funcname?: Node[]; args?: Node[] }) =>
    all(args, (...printed) => printCall(printFunction(funcname), printed)),
  A_Expr: ({ kind, name, lexpr, rexpr }: { kind?: string; name?: Node[]; lexpr?: Node; rexpr?: Node }) =>
    kind === 'AEXPR_OP' && lexpr !== undefined && rexpr !== undefined
      ? all([lexpr, rexpr], (left = '', right = '') => `(${left} ${nameOf(name?.at(-1))} ${right})`)
      : undefined,
  NullTest: ({ arg, nulltesttype }: { arg: Node; nulltesttype?: string }) =>
    all([arg], (value = '') => `${value} IS ${nulltesttype === 'IS_NULL' ? '' : 'NOT '}NULL`),
  CoalesceExpr: ({ args = [] }: { args?: Node[] }) =>
    all(args, (...printed) => `COALESCE(${printed.join(', ')})`),
};

function all(nodes: readonly Node[], join: (...printed: string[]) => string): string | undefined {
  const printed = nodes.map(printNode);
  return printed.every((text) => text !== undefined) ? join(...printed) : undefined;
}

/** A constant text is one without a word, and reads better so. */
function printTyped(value: string, type: string): string {
  return type === 'text' && value.startsWith("'") ? value : `${value}::${type}`;
}

function printConstant(inner: object): string {
  if ('isnull' in inner) return 'NULL';
  const [tag, value] = Object.entries(inner).find(([name]) => name !== 'location') ?? [];
  const [held] = Object.values((value ?? {}) as Record<string, string | number | boolean>);
  const text = held === undefined ? '' : String(held);
  if (tag === 'sval') return quoteText(text);
  return text || (tag === 'boolval' ? 'false' : '0');
}

/** Types as the catalog prints them, so that both can be compared. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  varchar: 'character varying',
  bpchar: 'character',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
};

function printType(names: readonly string[]): string {
  const [last = '', schema] = names.toReversed();
  const known = TYPE_NAMES[last];
  if (schema === undefined || schema === 'pg_catalog') return known ?? (schema ? last : quoteName(last));
  return `${quoteName(schema)}.${quoteName(last)}`;
}

/** EXTRACT has a syntax of its own. */
function printCall(name: string, args: readonly string[]): string {
  const [field = '', source = ''] = args;
  if (name === '"extract"' && args.length === 2)
    return `EXTRACT(${field.replaceAll("'", '')} FROM ${source})`;
  return `${name}(${args.join(', ')})`;
}

function printFunction(parts: readonly Node[]): string {
  const names = parts.map(nameOf);
  return (names[0] === 'pg_catalog' ? names.slice(1) : names).map(quoteName).join('.');
}

function nameOf(node: Node | undefined): string {
  return node !== undefined && 'String' in node ? (node.String.sval ?? '') : '';
}
