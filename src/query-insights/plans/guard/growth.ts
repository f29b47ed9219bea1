import { refuse } from './refuse.js';
import { constantText, type Fields, listOf, nodeOf, taggedNode, isFields, textsOf } from './syntax-tree.js';

const MOST_TEXT_BYTES = 64 * 1_048_576;
/** Of multiplications of numeric, in products of four digits with four others: about a quarter of a second. */
const MOST_PRODUCTS = 250_000_000;
const DIGITS_AT_ONCE = 4;
const MOST_DIGITS = 131_072;
const LONGEST_FORMAT_WIDTH = 1_000;

/** A part of FROM. */
interface Source {
  /** Name of a table's columns; undefined for what may be a constant. */
  readonly table: string | undefined;
}

/** One SELECT, and what in it makes values longer although no row is read. */
interface OpenSelect {
  readonly tables: ReadonlySet<string>;
  /** Every unqualified name is a column of a table. */
  readonly isOverTables: boolean;
  joins: number;
  products: number;
}

const JOINING = new Set([
  'concat',
  'concat_ws',
  'array_cat',
  'array_append',
  'array_to_string',
  'textcat',
  'overlay',
  'json_build_array',
  'jsonb_build_array',
  'json_build_object',
  'jsonb_build_object',
  'encode',
  'to_char',
]);
const REPLACING = new Set(['replace', 'regexp_replace', 'translate']);
const RAISING = new Set(['power', 'pow', 'numeric_power']);
const MULTIPLYING = new Set(['*', '/', '%', '^']);

/**
 * Bounds what the planner would compute before any time limit can stop it: expressions of constants are worked out while
 * planning, some of them without a look at the clock. A value can grow by every SELECT it passes through, so the bound is
 * the product over them; what reads a column of a table is no constant and does not count.
 */
export class Growth {
  private readonly selects: OpenSelect[] = [];
  private joinFactor = 1;
  private productFactor = 1;
  private products = 0;
  private readonly replacements: (number | undefined)[] = [];
  private longestText = 1;
  private longestDigits = 1;
  private largestNumber = 0;
  private readonly exponents: (number | undefined)[] = [];

  /** @param queries names of WITH queries, which may be constants */
  openSelect(select: Fields, queries: ReadonlySet<string>): void {
    const sources = listOf(select['fromClause']).flatMap((item) => sourcesOf(item, queries));
    const tables = new Set(sources.flatMap(({ table }) => (table === undefined ? [] : [table])));
    const isOverTables = sources.length > 0 && sources.every(({ table }) => table !== undefined);
    this.selects.push({ tables, isOverTables, joins: 0, products: 0 });
  }

  closeSelect(): void {
    const select = this.selects.pop();
    if (select === undefined) return;
    this.joinFactor *= 1 + select.joins;
    this.productFactor *= 1 + select.products;
    this.products += select.products;
  }

  enter(tag: string, fields: Fields): void {
    if (tag === 'A_Const') this.constant(fields);
    else if (tag === 'A_Expr') this.expression(fields);
    else if (tag === 'FuncCall') this.call(fields);
  }

  /** @throws QueryPlanRefusedError QUERY_PLAN_REFUSED */
  check(): void {
    let bytes = this.longestText * this.joinFactor;
    for (const length of this.replacements) bytes *= 1 + (length ?? this.longestText);
    if (bytes > MOST_TEXT_BYTES) refuse('growth', 'its constants could grow to a text that fills the memory');
    let digits = this.longestDigits * this.productFactor;
    for (const exponent of this.exponents) digits *= Math.max(1, exponent ?? this.largestNumber);
    const limbs = Math.min(MOST_DIGITS, digits) / DIGITS_AT_ONCE;
    if (this.products * limbs ** 2 > MOST_PRODUCTS) {
      refuse('growth', 'its constants could grow to a number that takes too long to compute');
    }
  }

  private constant(fields: Fields): void {
    const text = constantText({ A_Const: fields }) ?? '';
    this.longestText = Math.max(this.longestText, text.length);
    if (!/^\s*[-+]?[\d.]/.test(text)) return;
    const exponent = Number(/e\+?(\d{1,9})/i.exec(text)?.[1] ?? 0);
    this.longestDigits = Math.max(this.longestDigits, text.length + exponent);
    this.largestNumber = Math.max(this.largestNumber, Math.abs(Number(text)) || 0);
  }

  private expression(fields: Fields): void {
    const name = textsOf(fields['name']).at(-1) ?? '';
    const operands = [fields['lexpr'], fields['rexpr']];
    if (operands.some((operand) => this.readsTable(operand))) return;
    const select = this.selects.at(-1);
    if (select === undefined) return;
    if (name === '||') select.joins += 1;
    if (MULTIPLYING.has(name)) select.products += 1;
    if (name === '^') this.exponent(operands);
  }

  private call(fields: Fields): void {
    const name = textsOf(fields['funcname']).at(-1) ?? '';
    const operands = listOf(fields['args']);
    if (name === 'format') return this.format(operands[0]);
    if (operands.some((operand) => this.readsTable(operand))) return;
    const select = this.selects.at(-1);
    if (select === undefined) return;
    if (JOINING.has(name)) select.joins += Math.max(1, operands.length);
    if (REPLACING.has(name)) this.replacements.push(constantText(operands.at(2))?.length);
    if (RAISING.has(name)) this.exponent(operands);
  }

  private exponent([, exponent]: readonly unknown[]): void {
    const text = constantText(exponent);
    this.exponents.push(text === undefined ? undefined : Math.abs(Number(text)) || undefined);
    this.products += 1;
  }

  private format(template: unknown): void {
    const text = constantText(template);
    const widths = [...(text ?? '').matchAll(/%(?:\d+\$)?-?(\d+|\*)/g)].map(([, width]) => Number(width));
    if (text === undefined || widths.some((width) => !(width <= LONGEST_FORMAT_WIDTH))) {
      refuse('growth', 'format() needs a constant template, with widths of 1,000 at most');
    }
  }

  /** Whether a column that is surely a table's stands directly in `value`: then it is no constant. */
  private readsTable(value: unknown): boolean {
    const select = this.selects.at(-1);
    if (select === undefined) return false;
    const node = isFields(value) ? taggedNode(value) : undefined;
    if (node === undefined) return false;
    if (node.tag === 'ColumnRef') {
      const names = textsOf(node.fields['fields']);
      return names.length === 1 ? select.isOverTables : select.tables.has(names.at(-2) ?? '');
    }
    if (node.tag === 'TypeCast') return this.readsTable(node.fields['arg']);
    if (node.tag === 'A_Expr')
      return [node.fields['lexpr'], node.fields['rexpr']].some((side) => this.readsTable(side));
    return node.tag === 'FuncCall' && listOf(node.fields['args']).some((arg) => this.readsTable(arg));
  }
}

/** What a FROM item gives: the name of a table's columns, or something else. */
function sourcesOf(item: unknown, queries: ReadonlySet<string>): readonly Source[] {
  const join = nodeOf(item, 'JoinExpr');
  if (join !== undefined) return [...sourcesOf(join['larg'], queries), ...sourcesOf(join['rarg'], queries)];
  const sample = nodeOf(item, 'RangeTableSample');
  if (sample !== undefined) return sourcesOf(sample['relation'], queries);
  const table = nodeOf(item, 'RangeVar');
  const name = String(table?.['relname']);
  const isQuery = table?.['schemaname'] === undefined && queries.has(name);
  if (table === undefined || isQuery) return [{ table: undefined }];
  const alias = isFields(table['alias']) ? table['alias']['aliasname'] : undefined;
  return [{ table: typeof alias === 'string' ? alias : name }];
}
