import type { Random } from '../../../test/support/random.js';

/** How the values of a column lie. */
export interface GeneratedColumn {
  readonly name: string;
  readonly type: 'integer' | 'bigint' | 'text' | 'timestamp' | 'numeric' | 'boolean';
  /** SQL of the value in row `g`. */
  readonly value: string;
}

export interface GeneratedTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly GeneratedColumn[];
  /** Tables that its `<name>_id` columns point at. */
  readonly parents: readonly string[];
}

/** Tables of one random schema: a few parents, a large child, and one below that. */
export function generateSchema(random: Random): GeneratedTable[] {
  const parent = table(random, { name: 'customer', rows: random.of([800, 3_000, 8_000]), parents: [] });
  const middle = table(random, {
    name: 'purchase',
    rows: random.of([20_000, 40_000, 60_000]),
    parents: [parent],
  });
  const child = table(random, { name: 'line', rows: random.of([30_000, 70_000]), parents: [middle] });
  return [parent, middle, child];
}

/** Statements that make the tables, fill them and analyse them. */
export function ddlOfSchema(tables: readonly GeneratedTable[], seed: number): string[] {
  return tables.flatMap(({ name, rows, columns }) => [
    `CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')}, PRIMARY KEY (id))`,
    `SELECT setseed(${(seed % 1_000) / 1_000})`,
    `INSERT INTO ${name} SELECT ${columns.map(({ value }) => value).join(', ')} FROM generate_series(1, ${rows}) AS g`,
    `VACUUM ANALYZE ${name}`,
  ]);
}

function table(
  random: Random,
  { name, rows, parents }: { name: string; rows: number; parents: readonly GeneratedTable[] },
): GeneratedTable {
  const count = 4 + Math.floor(random.fraction() * 3);
  const kinds = shuffled(random, Object.keys(KINDS)).slice(0, count);
  const columns = kinds.flatMap((kind) => KINDS[kind]?.(random, rows) ?? []);
  const keys = parents.map(({ name: parent, rows: parentRows }): GeneratedColumn => {
    const value =
      random.fraction() < 0.5
        ? `1 + floor(random() * ${parentRows})`
        : `1 + floor(${parentRows} * random() ^ 3)`;
    return { name: `${parent}_id`, type: 'integer', value };
  });
  const padding = Math.floor(random.fraction() * 120);
  return {
    name,
    rows,
    parents: parents.map((parent) => parent.name),
    columns: [
      { name: 'id', type: 'integer', value: 'g' },
      ...keys,
      ...columns,
      { name: 'note', type: 'text', value: `repeat(md5(g::text), ${Math.ceil(padding / 32)})` },
    ],
  };
}

type Kind = (random: Random, rows: number) => GeneratedColumn;

const KINDS: Readonly<Record<string, Kind>> = {
  status: (random) => {
    const names = ['new', 'paid', 'sent', 'done', 'void'].slice(0, 2 + Math.floor(random.fraction() * 4));
    return {
      name: 'status',
      type: 'text',
      value: `(ARRAY['${names.join("','")}'])[1 + floor(${names.length} * random() ^ ${random.of([1, 3, 6])})]`,
    };
  },
  amount: (random) => ({
    name: 'amount',
    type: 'numeric',
    value: `round((random() * ${random.of([100, 5_000])})::numeric, 2)`,
  }),
  score: (random) => ({
    name: 'score',
    type: 'integer',
    value: `floor(random() * ${random.of([20, 300, 10_000])})`,
  }),
  rank: (random, rows) => ({
    name: 'rank',
    type: 'integer',
    value: `floor(${Math.round(rows / 3)} * random() ^ ${random.of([2, 5])})`,
  }),
  created: (random, rows) => ({
    name: 'created',
    type: 'timestamp',
    value: `timestamp '2025-01-01' + g * interval '${Math.round(31_000_000 / rows)} s' + random() * interval '${random.of([1, 100])} h'`,
  }),
  changed: () => ({
    name: 'changed',
    type: 'timestamp',
    value: `timestamp '2025-01-01' + random() * interval '360 days'`,
  }),
  closed: (random) => ({
    name: 'closed',
    type: 'timestamp',
    value: `CASE WHEN random() < ${random.of([0.03, 0.5, 0.95])} THEN timestamp '2025-01-01' + random() * interval '360 days' END`,
  }),
  code: (random) => ({
    name: 'code',
    type: 'text',
    value: `'c' || floor(random() * ${random.of([50, 2_000, 30_000])})`,
  }),
  flag: (random) => ({ name: 'flag', type: 'boolean', value: `random() < ${random.of([0.01, 0.3, 0.9])}` }),
  region: (random) => ({
    name: 'region',
    type: 'integer',
    value: `(g / ${random.of([50, 1_000])})::int % ${random.of([30, 500])}`,
  }),
};

export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: random.fraction() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}
