import type { Random } from '../../../test/support/random.js';
import { type GeneratedColumn, type GeneratedTable, shuffled } from './schema.js';

/** Columns by table that a statement names. */
export type Referenced = ReadonlyMap<string, readonly string[]>;

export interface GeneratedStatement {
  readonly sql: string;
  readonly shape: string;
  readonly referenced: Referenced;
}

/** Values that occur, by `table.column`, as SQL literals. */
export type Samples = ReadonlyMap<string, readonly string[]>;

type Shape = (writer: Writer) => string;

/** A random statement over the tables. */
export function generateStatement(
  random: Random,
  tables: readonly GeneratedTable[],
  samples: Samples,
): GeneratedStatement {
  const shape = random.of(Object.keys(SHAPES));
  const writer = new Writer(random, tables, samples);
  const sql = SHAPES[shape]?.(writer) ?? '';
  return { sql, shape, referenced: writer.referenced };
}

const SHAPES: Readonly<Record<string, Shape>> = {
  filter: (w) => `SELECT ${w.list('b')} FROM ${w.big()} b WHERE ${w.conditions('b', 1, 3)}`,
  'filter-sorted': (w) =>
    `SELECT ${w.list('b')} FROM ${w.big()} b WHERE ${w.conditions('b', 1, 2)} ORDER BY ${w.order('b')} LIMIT ${w.limit()}`,
  sorted: (w) => `SELECT ${w.list('b')} FROM ${w.big()} b ORDER BY ${w.order('b')} LIMIT ${w.limit()}`,
  count: (w) => `SELECT count(*) FROM ${w.big()} b WHERE ${w.conditions('b', 1, 2)}`,
  grouped: (w) => {
    const from = w.big();
    const key = w.column('b', ['text', 'integer']);
    return `SELECT b.${key}, count(*) FROM ${from} b WHERE ${w.conditions('b', 1, 2)} GROUP BY b.${key}`;
  },
  extreme: (w) =>
    `SELECT ${w.chance(0.5) ? 'min' : 'max'}(b.${w.column('b', ['timestamp', 'integer', 'numeric'], w.big())}) FROM ${w.table('b')} b WHERE ${w.conditions('b', 1, 1)}`,
  either: (w) =>
    `SELECT ${w.list('b')} FROM ${w.big()} b WHERE ${w.conditions('b', 1, 1)} OR ${w.conditions('b', 1, 1)}`,
  join: (w) => {
    const { from } = w.joined();
    return `SELECT ${w.list('c')}, p.note FROM ${from} WHERE ${w.conditions('p', 1, 2)}${w.chance(0.5) ? ` AND ${w.conditions('c', 1, 1)}` : ''}`;
  },
  'join-sorted': (w) => {
    const { from } = w.joined();
    return `SELECT ${w.list('c')}, p.note FROM ${from} WHERE ${w.conditions('p', 1, 1)} ORDER BY ${w.order('c')} LIMIT ${w.limit()}`;
  },
  'join-child': (w) => {
    const { from } = w.joined();
    return `SELECT ${w.list('c')}, p.note FROM ${from} WHERE ${w.conditions('c', 1, 2)}`;
  },
  exists: (w) => {
    const { on, child, parent } = w.joined();
    return `SELECT p.* FROM ${parent} p WHERE ${w.conditions('p', 1, 1)} AND ${w.chance(0.3) ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${child} c WHERE ${on} AND ${w.conditions('c', 1, 1)})`;
  },
  whole: (w) => `SELECT count(*), max(length(b.note)) FROM ${w.big()} b`,
};

/** Writes pieces of a statement, and remembers the columns in them. */
class Writer {
  private readonly aliases = new Map<string, GeneratedTable>();
  private readonly names = new Map<string, Set<string>>();
  /** Columns that are only answered: an index may hold them, too. */
  private readonly listed = new Map<string, string[]>();

  constructor(
    private readonly random: Random,
    private readonly tables: readonly GeneratedTable[],
    private readonly samples: Samples,
  ) {}

  get referenced(): Referenced {
    const tables = new Set([...this.names.keys(), ...this.listed.keys()]);
    const all = (table: string) => [...(this.names.get(table) ?? []), ...(this.listed.get(table) ?? [])];
    return new Map([...tables].map((table) => [table, [...new Set(all(table))]]));
  }

  chance(share: number): boolean {
    return this.random.fraction() < share;
  }

  big(): string {
    const table = this.aliases.get('b') ?? this.random.of(this.tables.slice(1));
    this.aliases.set('b', table);
    return table.name;
  }

  table(alias: string): string {
    return this.aliases.get(alias)?.name ?? '';
  }

  joined() {
    const child = this.random.of(this.tables.slice(1));
    const parent = this.tables.find(({ name }) => child.parents.includes(name)) ?? child;
    this.aliases.set('c', child).set('p', parent);
    const key = `${parent.name}_id`;
    this.note('c', key);
    this.note('p', 'id');
    const on = `c.${key} = p.id`;
    return {
      from: `${child.name} c JOIN ${parent.name} p ON ${on}`,
      on,
      child: child.name,
      parent: parent.name,
    };
  }

  list(alias: string): string {
    if (this.chance(0.5)) return `${alias}.*`;
    const table = this.aliases.get(alias) ?? (this.big(), this.aliases.get('b'));
    const names = shuffled(this.random, table?.columns ?? []).slice(
      0,
      1 + Math.floor(this.random.fraction() * 2),
    );
    this.listed.set(table?.name ?? '', ['id', ...names.map(({ name }) => name)]);
    return ['id', ...names.map(({ name }) => name).filter((name) => name !== 'id')]
      .map((name) => `${alias}.${name}`)
      .join(', ');
  }

  column(alias: string, types: readonly GeneratedColumn['type'][], from?: string): string {
    if (from !== undefined) this.big();
    const fitting = this.columnsOf(alias).filter(({ type }) => types.includes(type));
    const { name } = this.random.of(fitting.length > 0 ? fitting : this.columnsOf(alias));
    this.note(alias, name);
    return name;
  }

  conditions(alias: string, least: number, most: number): string {
    const count = least + Math.floor(this.random.fraction() * (most - least + 1));
    const columns = shuffled(this.random, this.columnsOf(alias)).slice(0, count);
    return columns.map((column) => this.condition(alias, column)).join(' AND ');
  }

  order(alias: string): string {
    const count = this.chance(0.3) ? 2 : 1;
    const direction = this.chance(0.5) ? ' DESC' : '';
    const columns = shuffled(
      this.random,
      this.columnsOf(alias).filter(({ type }) => type !== 'boolean'),
    ).slice(0, count);
    for (const { name } of columns) this.note(alias, name);
    return columns.map(({ name }) => `${alias}.${name}${direction}`).join(', ');
  }

  limit(): number {
    return this.random.of([1, 10, 50, 200]);
  }

  private condition(alias: string, { name, type }: GeneratedColumn): string {
    this.note(alias, name);
    const column = `${alias}.${name}`;
    const value = () => this.sample(alias, name);
    const roll = this.random.fraction();
    const not = this.chance(0.5) ? 'NOT ' : '';
    if (roll < 0.08) return `${column} IS ${not}NULL`;
    if (type === 'boolean') return `${not}${column}`;
    if (roll < 0.25 && type !== 'timestamp')
      return `${column} IN (${[value(), value(), value()].join(', ')})`;
    if (type === 'text')
      return roll < 0.4 ? `${column} LIKE ${value().replace(/'$/, "%'")}` : `${column} = ${value()}`;
    return roll < 0.5 && type !== 'timestamp' ? `${column} = ${value()}` : this.range(column, roll, value);
  }

  private range(column: string, roll: number, value: () => string): string {
    const operator = this.random.of(['<', '>', '>=', '<=']);
    const bounds = [value(), value()].sort((one, other) => (one < other ? -1 : 1));
    return roll < 0.75 ? `${column} BETWEEN ${bounds.join(' AND ')}` : `${column} ${operator} ${value()}`;
  }

  private sample(alias: string, column: string): string {
    return this.random.of(this.samples.get(`${this.table(alias)}.${column}`) ?? ['NULL']);
  }

  private columnsOf(alias: string): readonly GeneratedColumn[] {
    return (this.aliases.get(alias)?.columns ?? []).filter(({ name }) => name !== 'note' && name !== 'id');
  }

  private note(alias: string, column: string): void {
    const table = this.table(alias);
    this.names.set(table, (this.names.get(table) ?? new Set()).add(column));
  }
}
