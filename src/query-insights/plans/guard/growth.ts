import { refuse } from './refuse.js';
import { constantText, type Fields, listOf, nodeOf, taggedNode, isFields, textsOf } from './syntax-tree.js';

const MOST_TEXT_BYTES = 64 * 1_048_576;
/** Of multiplications of numeric, in products of four digits with four others: about a quarter of a second. */
const MOST_PRODUCTS = 250_000_000;
const DIGITS_AT_ONCE = 4;
const MOST_DIGITS = 131_072;
const LONGEST_FORMAT_WIDTH = 1_000;
const MOST_COPIES = 500_000;

/** Clauses with which a subquery is planned by itself: its columns stay columns. */
const KEPT_APART = ['groupClause', 'distinctClause', 'limitCount', 'limitOffset', 'havingClause'];
const MOST_JOINED = 1_000;

/** A part of FROM. */
interface Source {
  /** Name of a table's columns; undefined for what may be a constant. */
  readonly table: string | undefined;
}

/** How much a value can grow on its way out of a SELECT, with those below it. */
interface Factors {
  /** Length of a text. */
  text: number;
  /** Digits of a number. */
  digits: number;
  /** Size of an expression: subqueries are pulled up, and each reference to a column becomes a copy of what it stands for. */
  copies: number;
  /** Relations that are joined, when every WITH query is put in its place. */
  relations: number;
}

/** One SELECT, and what in it makes values longer although no row is read. */
interface OpenSelect {
  readonly tables: ReadonlySet<string>;
  /** Every unqualified name is a column of a table. */
  readonly isOverTables: boolean;
  /** Where values come from: the most of those below. */
  readonly below: Factors;
  readonly own: Factors;
  /** References to columns. */
  references: number;
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
  /** Of WITH queries, by name; of two of one name the larger counts. */
  private readonly queries = new Map<string, Factors>();
  private most = noGrowth();
  private last = noGrowth();
  private products = 0;
  private longestText = 1;
  private longestDigits = 1;
  private largestNumber = 0;
  private openReplacements = 0;
  private openExponents = 0;

  /** @param queries names of WITH queries, which may be constants */
  openSelect(select: Fields, queries: ReadonlySet<string>): void {
    const sources = listOf(select['fromClause']).flatMap((item) => sourcesOf(item, queries));
    const tables = new Set(sources.flatMap(({ table }) => (table === undefined ? [] : [table])));
    const isOverTables = sources.length > 0 && sources.every(({ table }) => table !== undefined);
    const own = { ...noGrowth(), relations: 0, copies: mostCopies(select) };
    this.selects.push({ tables, isOverTables, below: { ...noGrowth(), relations: 0 }, own, references: 0 });
  }

  closeSelect(): void {
    const select = this.selects.pop();
    if (select === undefined) return;
    const { own, below, references } = select;
    if (references * below.copies > MOST_COPIES) {
      refuse('growth', 'columns of subqueries are used so often that the statement would fill the memory');
    }
    this.last = {
      text: own.text * below.text,
      digits: own.digits * below.digits,
      copies: Math.max(1, own.copies * below.copies),
      relations: own.relations + below.relations,
    };
    this.most = larger(this.most, this.last);
    this.flowInto(this.selects.at(-1), this.last);
    if (this.last.relations > MOST_JOINED) refuse('growth', `it joins more than ${MOST_JOINED} relations`);
  }

  /** The SELECT closed last is a WITH query of this name. */
  nameQuery(name: string): void {
    this.queries.set(name, larger(this.queries.get(name) ?? noGrowth(), this.last));
  }

  /** FROM has a relation; `isQuery`: of WITH. */
  useRelation(name: string, isQuery: boolean): void {
    const found = isQuery ? this.queries.get(name) : undefined;
    this.flowInto(this.selects.at(-1), found ?? noGrowth());
  }

  enter(tag: string, fields: Fields): void {
    if (tag === 'A_Const') this.constant(fields);
    else if (tag === 'A_Expr') this.expression(fields);
    else if (tag === 'FuncCall') this.call(fields);
    else if (tag === 'ColumnRef') this.reference();
  }

  /** @throws QueryPlanRefusedError QUERY_PLAN_REFUSED */
  check(): void {
    const bytes = this.longestText * this.most.text * (1 + this.longestText) ** this.openReplacements;
    if (bytes > MOST_TEXT_BYTES) refuse('growth', 'its constants could grow to a text that fills the memory');
    const digits =
      this.longestDigits * this.most.digits * Math.max(1, this.largestNumber) ** this.openExponents;
    const limbs = Math.min(MOST_DIGITS, digits) / DIGITS_AT_ONCE;
    if (this.products * limbs ** 2 > MOST_PRODUCTS) {
      refuse('growth', 'its constants could grow to a number that takes too long to compute');
    }
  }

  private flowInto(select: OpenSelect | undefined, { text, digits, copies, relations }: Factors): void {
    if (select === undefined) return;
    const { below } = select;
    below.text = Math.max(below.text, text);
    below.digits = Math.max(below.digits, digits);
    below.copies = Math.max(below.copies, copies);
    below.relations += relations;
  }

  private reference(): void {
    const select = this.selects.at(-1);
    if (select !== undefined) select.references += 1;
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
    if (name === '||') select.own.text += 1;
    if (MULTIPLYING.has(name)) this.multiply(select);
    if (name === '^') this.exponent(operands, select);
  }

  private call(fields: Fields): void {
    const name = textsOf(fields['funcname']).at(-1) ?? '';
    const operands = listOf(fields['args']);
    if (name === 'format') return this.format(operands[0]);
    if (operands.some((operand) => this.readsTable(operand))) return;
    const select = this.selects.at(-1);
    if (select === undefined) return;
    if (JOINING.has(name)) select.own.text += Math.max(1, operands.length);
    if (REPLACING.has(name)) this.replacement(constantText(operands.at(2)), select);
    if (RAISING.has(name)) this.exponent(operands, select);
  }

  private multiply(select: OpenSelect): void {
    select.own.digits += 1;
    this.products += 1;
  }

  private replacement(text: string | undefined, select: OpenSelect): void {
    if (text === undefined) this.openReplacements += 1;
    else select.own.text *= 1 + text.length;
  }

  private exponent([, exponent]: readonly unknown[], select: OpenSelect): void {
    const text = constantText(exponent);
    this.products += 1;
    if (text === undefined) this.openExponents += 1;
    else select.own.digits *= Math.max(1, Math.abs(Number(text)) || 1);
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

function noGrowth(): Factors {
  return { text: 1, digits: 1, copies: 1, relations: 1 };
}

function larger(one: Factors, other: Factors): Factors {
  return {
    text: Math.max(one.text, other.text),
    digits: Math.max(one.digits, other.digits),
    copies: Math.max(one.copies, other.copies),
    relations: Math.max(one.relations, other.relations),
  };
}

/** How often the outputs of a SELECT use the same column, at most. What is grouped or cut off is not pulled up. */
function mostCopies(select: Fields): number {
  const isPulledUp = KEPT_APART.every((clause) => select[clause] === undefined);
  if (!isPulledUp) return 0;
  const uses = new Map<string, number>();
  countColumns(select['targetList'], uses);
  return Math.max(1, ...uses.values());
}

function countColumns(value: unknown, uses: Map<string, number>): void {
  if (Array.isArray(value)) return value.forEach((item) => countColumns(item, uses));
  if (!isFields(value)) return;
  const column = nodeOf(value, 'ColumnRef');
  if (column !== undefined) {
    const name = textsOf(column['fields']).at(-1) ?? '';
    uses.set(name, (uses.get(name) ?? 0) + 1);
    return;
  }
  Object.values(value).forEach((inner) => countColumns(inner, uses));
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
