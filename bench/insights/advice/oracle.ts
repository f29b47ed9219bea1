import type pg from 'pg';
import type { GeneratedStatement } from './statements.js';

/** Costs of statements under indexes that are tried on a scratch database. */
export abstract class Trial {
  constructor(protected readonly client: pg.Client) {}

  /** Cost with these indexes, and no others above what is there. */
  abstract cost(sql: string, indexes: readonly string[]): Promise<number>;

  protected async explain(sql: string): Promise<number> {
    const { rows } = await this.client.query<Record<string, [{ Plan: { 'Total Cost': number } }]>>(
      `EXPLAIN (FORMAT JSON) ${sql}`,
    );
    return rows[0]?.['QUERY PLAN']?.[0].Plan['Total Cost'] ?? NaN;
  }
}

/** Indexes that the hypopg extension pretends. */
export class PretendedTrial extends Trial {
  async cost(sql: string, indexes: readonly string[]): Promise<number> {
    try {
      for (const ddl of indexes) await this.client.query('SELECT hypopg_create_index($1)', [ddl]);
      return await this.explain(sql);
    } finally {
      await this.client.query('SELECT hypopg_reset()');
    }
  }
}

/** Indexes that are really built, and rolled back: nobody else uses the database. */
export class BuiltTrial extends Trial {
  async cost(sql: string, indexes: readonly string[]): Promise<number> {
    await this.client.query('BEGIN');
    try {
      for (const ddl of indexes) await this.client.query(ddl.replace(' CONCURRENTLY', ''));
      return await this.explain(sql);
    } finally {
      await this.client.query('ROLLBACK');
    }
  }
}

export interface Best {
  readonly cost: number;
  readonly indexes: readonly string[];
}

const MOST_KEYS = 3;
/** Pairs are tried of the best of each, and of narrow ones. */
const BEST_SINGLES = 6;

/** The cheapest of all choices of one index, and of the promising choices of two. */
export async function bruteForce(trial: Trial, { sql, referenced }: GeneratedStatement): Promise<Best> {
  const singles: { ddl: string; keys: number; cost: number }[] = [];
  for (const [table, columns] of referenced) {
    for (const keys of arrangements(columns.slice(0, 5))) {
      // The primary key has it.
      if (keys.join() === 'id') continue;
      const ddl = `CREATE INDEX ON ${table} (${keys.join(', ')})`;
      singles.push({ ddl, keys: keys.length, cost: await trial.cost(sql, [ddl]) });
    }
  }
  singles.sort((one, other) => one.cost - other.cost);
  let best: Best = { cost: await trial.cost(sql, []), indexes: [] };
  const consider = (cost: number, indexes: readonly string[]): void => {
    if (cost < best.cost) best = { cost, indexes };
  };
  for (const { ddl, cost } of singles) consider(cost, [ddl]);
  const firsts = singles.slice(0, BEST_SINGLES);
  const seconds = [...firsts, ...singles.filter(({ keys }) => keys <= 2)];
  for (const first of firsts) {
    for (const second of new Set(seconds)) {
      if (first !== second) consider(await trial.cost(sql, [first.ddl, second.ddl]), [first.ddl, second.ddl]);
    }
  }
  return best;
}

/** All orders of all selections of up to three. */
function arrangements(columns: readonly string[]): string[][] {
  let longest: string[][] = columns.map((column) => [column]);
  const all = [...longest];
  for (let length = 2; length <= MOST_KEYS; length += 1) {
    longest = longest.flatMap((keys) =>
      columns.filter((column) => !keys.includes(column)).map((column) => [...keys, column]),
    );
    all.push(...longest);
  }
  return all;
}
