import type { CatalogFacts, TableFacts } from '../facts.js';
import { columnsOf, type Expression } from './expression.js';

const STRINGS = new Set(['text', 'character varying']);
const CONSTANT = 'unknown';
const COMPARABLE_STEPS = 'month, week, day or hour';

/**
 * Types and volatility of expressions by the catalog alone: an index takes only what is IMMUTABLE, and a suggestion
 * that PostgreSQL refuses is worse than none.
 */
export class ImmutableTypes {
  constructor(private readonly facts: CatalogFacts) {}

  /** `(column)::text` of a varchar column is the column to every index. */
  withoutRelabel(side: Expression, table: TableFacts): Expression {
    if (side.kind !== 'cast') return side;
    const from = this.typeOf(side.arg, table);
    const isSame =
      from !== undefined && (from === side.type || (STRINGS.has(from) && STRINGS.has(side.type)));
    return isSame || this.isBinary(from, side.type) ? this.withoutRelabel(side.arg, table) : side;
  }

  /** An expression that may be the key of an index. */
  isIndexable(side: Expression, table: TableFacts): boolean {
    const isCompound = side.kind === 'call' || side.kind === 'cast' || side.kind === 'operation';
    return (
      isCompound &&
      columnsOf(side).length > 0 &&
      this.typeOf(side, table) !== undefined &&
      this.isPure(side, table)
    );
  }

  /** Undefined when it cannot be told. */
  typeOf(side: Expression, table: TableFacts): string | undefined {
    switch (side.kind) {
      case 'column':
        return table.columns.get(side.name)?.type;
      case 'constant':
        return CONSTANT;
      case 'cast':
        return side.type;
      case 'call':
        return this.overload(side, table)?.resultType;
      case 'operation':
        return this.operationType(side, table);
      default:
        return undefined;
    }
  }

  /** Advice on how to write what no index can serve as it is. */
  hint(side: Expression, table: TableFacts): string | undefined {
    const [column] = columnsOf(side);
    if (column === undefined || (side.kind !== 'call' && side.kind !== 'cast')) return undefined;
    const inner = side.kind === 'cast' ? side.arg : side;
    if (this.typeOf(inner, table) === undefined) return undefined;
    if (this.isPure(side, table)) return undefined;
    const isStep = side.kind === 'call' && /(^|\.)(date_trunc|date_part|extract)$/.test(side.name);
    return isStep || side.kind === 'cast'
      ? `The expression on ${column.name} depends on the session's time zone, so that it cannot be indexed. Compare the column itself with the two ends of the ${COMPARABLE_STEPS}, as in "${column.name} >= start AND ${column.name} < end": then an index on ${column.name} serves it.`
      : `The expression on ${column.name} is not IMMUTABLE, so that it cannot be indexed. Compare the column itself.`;
  }

  private isPure(side: Expression, table: TableFacts): boolean {
    switch (side.kind) {
      case 'column':
      case 'constant':
        return true;
      case 'cast':
        return this.isPure(side.arg, table) && this.isPureCast(this.typeOf(side.arg, table), side.type);
      case 'call':
        return (
          this.overload(side, table)?.isImmutable === true &&
          side.args.every((arg) => this.isPure(arg, table))
        );
      case 'operation':
        return (
          this.operationType(side, table) !== undefined && side.args.every((arg) => this.isPure(arg, table))
        );
      default:
        return false;
    }
  }

  private isPureCast(from: string | undefined, to: string): boolean {
    if (from === undefined) return false;
    if (from === to || (STRINGS.has(from) && STRINGS.has(to))) return true;
    if ((STRINGS.has(from) && WRITTEN_ALIKE.has(to)) || (WRITTEN_ALIKE.has(from) && STRINGS.has(to)))
      return true;
    return this.facts.casts.some((cast) => cast.from === from && cast.to === to && cast.isImmutable);
  }

  private isBinary(from: string | undefined, to: string): boolean {
    return this.facts.casts.some((cast) => cast.from === from && cast.to === to && cast.isBinary);
  }

  private overload({ name, args }: Expression & { kind: 'call' }, table: TableFacts) {
    const types = args.map((arg) => this.typeOf(arg, table));
    return this.facts.functions.find(
      (candidate) =>
        candidate.name === name.replace(/^pg_catalog\./, '') &&
        candidate.argumentTypes.length === types.length &&
        candidate.argumentTypes.every((type, index) => matches(type, types[index])),
    );
  }

  /** Operators on one type, and the few others whose result is sure. */
  private operationType(
    { operator, args }: Expression & { kind: 'operation' },
    table: TableFacts,
  ): string | undefined {
    const [left, right] = args.map((arg) => this.typeOf(arg, table));
    if (left === 'jsonb' || left === 'json')
      return { '->>': 'text', '#>>': 'text', '->': left, '#>': left }[operator];
    if (operator === '||' && args.length === 2 && [left, right].every((type) => isText(type))) return 'text';
    const isNumber = [left, right].every((type) => type === CONSTANT || NUMBERS.has(type ?? ''));
    if (!isNumber || !/^[-+*/%]$/.test(operator)) return undefined;
    return left === CONSTANT ? right : left;
  }
}

/** Types whose text depends on no setting: casts from and to text go by it. */
const WRITTEN_ALIKE = new Set(['smallint', 'integer', 'bigint', 'numeric', 'boolean', 'uuid']);
const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

function isText(type: string | undefined): boolean {
  return type === CONSTANT || STRINGS.has(type ?? '');
}

function matches(wanted: string, given: string | undefined): boolean {
  if (given === undefined) return false;
  return (
    given === CONSTANT ||
    given === wanted ||
    (STRINGS.has(given) && STRINGS.has(wanted)) ||
    wanted.startsWith('any')
  );
}
