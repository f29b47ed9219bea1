import type { CatalogFacts, ColumnFacts, TableFacts } from '../facts.js';
import { splitCondition } from './condition-text.js';
import { columnsOf, type Expression, type ExpressionReader, hasParameter, printed } from './expression.js';
import { PATTERN_OPS, searchClass } from './search-class.js';
import { ImmutableTypes } from './immutable-types.js';

/** What an index can be asked for by a condition. */
export type QualifierKind =
  'equal' | 'range' | 'prefix' | 'null' | 'not-null' | 'row' | 'search' | 'or' | 'other';

/** A column or an expression that may be the key of an index. */
export interface Key {
  /** Names the key among those of its table: the column, or the text of the expression. */
  readonly id: string;
  readonly column?: string;
  readonly expression?: string;
}

/** A column of any relation of the statement. */
export interface ColumnRef {
  readonly alias: string;
  readonly column: string;
}

/** One condition on the rows of a scan. */
export interface Qualifier {
  readonly kind: QualifierKind;
  /** As EXPLAIN printed it. */
  readonly text: string;
  readonly keys: readonly Key[];
  /** Operator class that the key needs for it, unless the type's default. */
  readonly opclass?: string;
  readonly method?: 'gin' | 'gist';
  /** Values of an IN list. */
  readonly values: number;
  /** Every value is in the statement, so that the planner can estimate it. */
  readonly isKnown: boolean;
  /** The other side is a column of another relation. */
  readonly outer?: ColumnRef;
  /** Alternatives of an OR, each a conjunction. */
  readonly arms: readonly (readonly Qualifier[])[];
  /** Columns of the relation itself. */
  readonly columns: readonly string[];
  /** Columns of other relations. */
  readonly outerColumns: readonly ColumnRef[];
  /** An index would serve it, were it written differently. */
  readonly hint?: string;
}

/** Where a qualifier stands. */
export interface Relation {
  readonly alias: string;
  readonly table: TableFacts;
}

const RANGE = new Set(['<', '<=', '>', '>=']);
const MIRRORED: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '@>': '<@',
  '<@': '@>',
};

const CONTAINS_HINT =
  'No index serves "value = ANY (column)". Write "column @> ARRAY[value]": a GIN index on the column serves that.';

/** Tells what indexes could do for the conditions of one relation. */
export class QualifierReader {
  private readonly immutable: ImmutableTypes;

  constructor(
    private readonly reader: ExpressionReader,
    private readonly facts: CatalogFacts,
  ) {
    this.immutable = new ImmutableTypes(facts);
  }

  /** The conjuncts of a condition. */
  read(condition: string, relation: Relation): Qualifier[] {
    return splitCondition(condition, 'AND').map((text) => this.readOne(text, relation));
  }

  /** What an expression of a sort or group key is to the relation: undefined when it is not the relation's. */
  key(text: string, relation: Relation): Key | undefined {
    return this.toKey(this.reader.read(text), relation);
  }

  /** The same for an expression that was read. */
  keyOf(side: Expression, relation: Relation): Key | undefined {
    return this.toKey(side, relation);
  }

  private readOne(text: string, relation: Relation): Qualifier {
    const expression = this.reader.read(text);
    const base = this.plain(text, expression, relation);
    switch (expression.kind) {
      case 'operation':
        return { ...base, ...this.comparison(expression, relation) };
      case 'any':
        return { ...base, ...this.membership(expression, relation) };
      case 'null-test':
        return {
          ...base,
          ...this.withKey(expression.isNull ? 'null' : 'not-null', expression.arg, relation),
        };
      case 'or':
        return {
          ...base,
          kind: 'or',
          arms: splitCondition(text, 'OR').map((arm) => this.read(arm, relation)),
        };
      default:
        return { ...base, ...this.truth(expression, relation) };
    }
  }

  private plain(text: string, expression: Expression, relation: Relation): Qualifier {
    const refs = columnsOf(expression);
    const own = refs.filter((ref) => isOwn(ref, relation));
    const outerColumns = refs
      .filter((ref) => !isOwn(ref, relation))
      .map(({ alias = '', name }) => ({ alias, column: name }));
    return {
      kind: 'other',
      text,
      keys: [],
      values: 1,
      isKnown: outerColumns.length === 0 && !hasParameter(expression),
      arms: [],
      columns: [...new Set(own.map(({ name }) => name))],
      outerColumns,
    };
  }

  private comparison(
    { operator, args }: Expression & { kind: 'operation' },
    relation: Relation,
  ): Partial<Qualifier> {
    const [left, right] = args;
    if (left === undefined || right === undefined) return {};
    if (left.kind === 'row' && right.kind === 'row') return this.rows(operator, left.args, relation);
    if (isOwnSide(left, relation) && !touches(right, relation))
      return this.against(left, operator, right, relation);
    if (isOwnSide(right, relation) && !touches(left, relation)) {
      return this.against(right, MIRRORED[operator] ?? operator, left, relation);
    }
    return {};
  }

  /** `side operator value`, where the value has no column of the relation. */
  private against(
    side: Expression,
    operator: string,
    value: Expression,
    relation: Relation,
  ): Partial<Qualifier> {
    const outer = value.kind === 'column' ? { outer: { alias: value.alias ?? '', column: value.name } } : {};
    if (operator === '=') return { ...this.ordered('equal', side, relation), ...outer };
    if (RANGE.has(operator)) return this.ordered('range', side, relation);
    if (operator === '~~' || operator === '^@') return this.like(side, operator, value, relation);
    return this.search(side, operator, relation);
  }

  private ordered(kind: 'equal' | 'range', side: Expression, relation: Relation): Partial<Qualifier> {
    const column = this.columnOf(side, relation);
    if (column !== undefined && !column.isOrderable)
      return this.search(side, kind === 'equal' ? '=' : '<', relation);
    return this.withKey(kind, side, relation);
  }

  private like(
    side: Expression,
    operator: string,
    value: Expression,
    relation: Relation,
  ): Partial<Qualifier> {
    const pattern = value.kind === 'constant' ? value.value : undefined;
    if (pattern === undefined) return {};
    const key = this.toKey(side, relation);
    if (!hasPrefix(operator, pattern) || key === undefined) return this.search(side, operator, relation);
    const column = key.column === undefined ? undefined : relation.table.columns.get(key.column);
    const isEqual = operator === '~~' && !/[%_\\]/.test(pattern);
    return { keys: [key], ...prefixOf(column, isEqual) };
  }

  /** Operators that only GIN or GiST know. */
  private search(side: Expression, operator: string, relation: Relation): Partial<Qualifier> {
    const key = this.toKey(side, relation);
    const type = this.immutable.typeOf(side, relation.table);
    if (key === undefined || type === undefined) return {};
    const column = relation.table.columns.get(key.column ?? '');
    const found = searchClass(operator, type, column?.category, this.facts.extensions);
    return found === undefined ? {} : { kind: 'search', keys: [key], ...found };
  }

  private rows(operator: string, side: readonly Expression[], relation: Relation): Partial<Qualifier> {
    const keys = side.map((arg) => this.toKey(arg, relation));
    if (!RANGE.has(operator) || !keys.every((key) => key !== undefined)) return {};
    return { kind: 'row', keys };
  }

  private membership(
    { operator, isAll, args }: Expression & { kind: 'any' },
    relation: Relation,
  ): Partial<Qualifier> {
    const [side, list] = args;
    if (isAll || side === undefined || list === undefined) return {};
    // `value = ANY (column)` asks an array, which b-trees do not know.
    if (touches(list, relation)) return { hint: CONTAINS_HINT };
    if (operator !== '=') return {};
    return { ...this.ordered('equal', side, relation), values: lengthOf(list) };
  }

  /** `flag`, `NOT flag`, `flag IS TRUE`. */
  private truth(expression: Expression, relation: Relation): Partial<Qualifier> {
    const inner =
      expression.kind === 'not'
        ? expression.args[0]
        : expression.kind === 'boolean-test'
          ? expression.arg
          : expression;
    const isTest = expression.kind === 'boolean-test' && !/^IS_(TRUE|FALSE)$/.test(expression.test);
    if (inner === undefined || isTest) return {};
    const column = this.columnOf(inner, relation);
    return column?.category === 'B' ? this.withKey('equal', inner, relation) : {};
  }

  private withKey(kind: QualifierKind, side: Expression, relation: Relation): Partial<Qualifier> {
    const key = this.toKey(side, relation);
    if (key !== undefined) return { kind, keys: [key] };
    const hint =
      kind === 'null' || kind === 'not-null' ? undefined : this.immutable.hint(side, relation.table);
    return hint === undefined ? {} : { hint };
  }

  private columnOf(side: Expression, relation: Relation): ColumnFacts | undefined {
    const key = this.toKey(side, relation);
    return key?.column === undefined ? undefined : relation.table.columns.get(key.column);
  }

  private toKey(side: Expression, relation: Relation): Key | undefined {
    if (!isOwnSide(side, relation)) return undefined;
    const bare = this.immutable.withoutRelabel(side, relation.table);
    if (bare.kind === 'column') {
      return relation.table.columns.has(bare.name) ? { id: bare.name, column: bare.name } : undefined;
    }
    if (!this.immutable.isIndexable(bare, relation.table)) return undefined;
    const expression = printed(bare);
    return expression === undefined ? undefined : { id: expression, expression };
  }
}

function isOwn(ref: { readonly alias?: string; readonly name: string }, { alias, table }: Relation): boolean {
  return ref.alias === undefined ? table.columns.has(ref.name) : ref.alias === alias;
}

function touches(side: Expression, relation: Relation): boolean {
  return columnsOf(side).some((ref) => isOwn(ref, relation));
}

/** Has columns of the relation, and of no other. */
function isOwnSide(side: Expression, relation: Relation): boolean {
  const refs = columnsOf(side);
  return refs.length > 0 && refs.every((ref) => isOwn(ref, relation)) && !hasParameter(side);
}

/** How an index finds values that begin alike. */
function prefixOf(column: ColumnFacts | undefined, isEqual: boolean): Partial<Qualifier> {
  if (column?.hasCCollation === true) return { kind: isEqual ? 'equal' : 'prefix' };
  const opclass = PATTERN_OPS[column === undefined ? 'text' : column.type];
  return opclass === undefined ? {} : { kind: 'prefix', opclass };
}

/** The pattern begins with characters that stand for themselves. */
function hasPrefix(operator: string, pattern: string): boolean {
  return operator === '^@' ? pattern !== '' : /^[^%_\\]/.test(pattern);
}

/** Values of an array constant, or of an array written out. */
function lengthOf(list: Expression): number {
  const bare = list.kind === 'cast' ? list.arg : list;
  if (bare.kind === 'constant') return Math.max(1, (bare.value ?? '').split(',').length);
  return 'args' in bare ? Math.max(1, bare.args.length) : 10;
}
