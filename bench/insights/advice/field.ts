import pg from 'pg';
import { Random } from '../../../test/support/random.js';
import { ddlOfSchema, type GeneratedTable, generateSchema } from './schema.js';
import { type GeneratedStatement, generateStatement, type Samples } from './statements.js';

/** A scratch database with random tables and statements about them. */
export interface Field {
  readonly client: pg.Client;
  readonly url: string;
  readonly statements: readonly GeneratedStatement[];
  close(): Promise<void>;
}

/** Values that conditions are made of, of each column. */
const SAMPLES = 40;

/** Makes database `name` anew on the server of `adminUrl`. */
export async function openField(adminUrl: string, seed: number, count: number): Promise<Field> {
  const name = `advice_field_${seed}`;
  await administrate(adminUrl, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `CREATE DATABASE ${name}`]);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client(url.href);
  await client.connect();
  const random = new Random(seed);
  const tables = generateSchema(random);
  for (const ddl of ddlOfSchema(tables, seed)) await client.query(ddl);
  const samples = await sampled(client, tables);
  return {
    client,
    url: url.href,
    statements: Array.from({ length: count }, () => generateStatement(random, tables, samples)),
    close: async () => {
      await client.end();
      await administrate(adminUrl, [`DROP DATABASE ${name} WITH (FORCE)`]);
    },
  };
}

async function sampled(client: pg.Client, tables: readonly GeneratedTable[]): Promise<Samples> {
  const samples = new Map<string, string[]>();
  for (const { name, columns } of tables) {
    for (const column of columns) {
      const { rows } = await client.query<{ literal: string }>(
        `SELECT quote_literal(${column.name}::text) AS literal FROM ${name} WHERE ${column.name} IS NOT NULL AND id % 97 = 5 ORDER BY id LIMIT ${SAMPLES}`,
      );
      const literals = rows.map(({ literal }) =>
        /^(integer|bigint|numeric)$/.test(column.type) ? literal.slice(1, -1) : literal,
      );
      if (literals.length > 0) samples.set(`${name}.${column.name}`, literals);
    }
  }
  return samples;
}

async function administrate(url: string, statements: readonly string[]): Promise<void> {
  const admin = new pg.Client(url);
  await admin.connect();
  try {
    for (const statement of statements) await admin.query(statement);
  } finally {
    await admin.end();
  }
}
