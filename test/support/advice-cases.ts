/** A statement, and the only advice that is right for it. */
export interface AdviceCase {
  readonly title: string;
  readonly sql: string | readonly string[];
  /** Columns of each index, each with its table; all of them, and no others. Alternatives that are as good follow. */
  readonly expected: readonly Advised[];
  readonly or?: readonly (readonly Advised[])[];
  /** The advice is to write it differently. */
  readonly isRewrite?: boolean;
  /** Part of the reason why there is no plan. */
  readonly refused?: RegExp;
}

/** `table(column, column)`, with ` gin` or ` where` behind it when that matters. */
export type Advised = string;

/** Tables of a shop, with the skews and sizes that the cases are about. */
export const SHOP: readonly string[] = [
  `CREATE TYPE level AS ENUM ('low', 'middle', 'high')`,
  `CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, name varchar(80), country char(2), is_vip boolean NOT NULL,
    created_at timestamptz NOT NULL, deleted_at timestamptz, attributes jsonb NOT NULL, tags text[] NOT NULL, rank level)`,
  `INSERT INTO customers SELECT g, 'user' || g || '@example.org', 'Name ' || g % 5000, (ARRAY['de','fr','it','es'])[1 + g % 4],
    g % 200 = 0, timestamptz '2025-01-01' + g * interval '10 min', CASE WHEN g % 100 = 0 THEN now() END,
    jsonb_build_object('plan', g % 500, 'n', g), ARRAY['t' || g % 700, 'all'], (ARRAY['low','middle','high'])[1 + g % 3]::level
    FROM generate_series(1, 30000) g`,
  `CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status varchar(20) NOT NULL, amount numeric(10,2) NOT NULL,
    shop_id int NOT NULL, note text, is_paid boolean NOT NULL, ordered_at timestamp NOT NULL, created_at timestamptz NOT NULL,
    shipped_at timestamptz, filler text NOT NULL)`,
  `INSERT INTO orders SELECT g, 1 + (g * 7919) % 30000, (ARRAY['done','done','done','done','open'])[1 + g % 5],
    (g * 13 % 100000) / 100.0, g % 50, 'note ' || g % 20000, g % 300 <> 0, timestamp '2025-01-01' + (g * 37 % 100000) * interval '5 min',
    timestamptz '2025-01-01' + g * interval '3 min', CASE WHEN g % 40 <> 0 THEN now() END, repeat('x', 100)
    FROM generate_series(1, 100000) g`,
  `CREATE TABLE lines (order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE, product_id int NOT NULL, quantity int NOT NULL, price numeric NOT NULL, filler text NOT NULL)`,
  `INSERT INTO lines SELECT 1 + g % 100000, g % 3000, 1 + g % 9, g % 777, repeat('y', 40) FROM generate_series(1, 150000) g`,
  `CREATE TABLE tiny (id int PRIMARY KEY, code text)`,
  `INSERT INTO tiny SELECT g, 'c' || g FROM generate_series(1, 100) g`,
  `CREATE TABLE indexed (id int PRIMARY KEY, a int, b int, c int, filler text)`,
  `INSERT INTO indexed SELECT g, g % 1000, g % 77, g % 5000, repeat('z', 80) FROM generate_series(1, 50000) g`,
  `CREATE INDEX ON indexed (a, b)`,
  `CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind int NOT NULL, device int NOT NULL, body tsvector, filler text) PARTITION BY RANGE (at)`,
  `CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')`,
  `CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')`,
  `INSERT INTO events SELECT g, timestamptz '2025-01-01' + g * interval '80 s', g % 20, (g * 31) % 4000, to_tsvector('simple', 'w' || g % 3000), repeat('e', 60) FROM generate_series(1, 60000) g`,
  `CREATE TABLE "Odd Table" (id int PRIMARY KEY, "Mixed Case" int, "select" int, filler text)`,
  `INSERT INTO "Odd Table" SELECT g, g % 4000, g % 3000, repeat('o', 60) FROM generate_series(1, 40000) g`,
  `CREATE SCHEMA stock`,
  `CREATE TABLE stock.items (id int PRIMARY KEY, sku text, place int, filler text)`,
  `INSERT INTO stock.items SELECT g, 'sku' || g, g % 2500, repeat('i', 60) FROM generate_series(1, 40000) g`,
  `CREATE TABLE secrets (id int PRIMARY KEY, tenant int, owner int, filler text)`,
  `INSERT INTO secrets SELECT g, g % 2000, g % 10, repeat('s', 60) FROM generate_series(1, 40000) g`,
  `CREATE VIEW open_orders AS SELECT o.id AS number, o.customer_id AS buyer, o.amount FROM orders o WHERE o.status = 'open'`,
  `CREATE FUNCTION tidy(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(trim($1))'`,
  `VACUUM ANALYZE`,
];

export const CASES: readonly AdviceCase[] = [
  {
    title: 'an equality',
    sql: 'SELECT * FROM orders WHERE customer_id = 7',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'a unique text',
    sql: `SELECT * FROM customers WHERE email = 'user5@example.org'`,
    expected: ['customers(email)'],
  },
  {
    title: 'a varchar under its cast',
    sql: `SELECT * FROM customers WHERE name = 'Name 7'`,
    expected: ['customers(name)'],
  },
  { title: 'the primary key', sql: 'SELECT * FROM orders WHERE id = 7', expected: [] },
  {
    title: 'an equality that leaves most rows',
    sql: `SELECT * FROM orders WHERE status = 'done'`,
    expected: [],
  },
  { title: 'a flag that is nearly always set', sql: 'SELECT * FROM orders WHERE is_paid', expected: [] },
  {
    title: 'a flag that is rarely missing',
    sql: 'SELECT * FROM orders WHERE NOT is_paid',
    expected: ['orders(is_paid)'],
  },
  {
    title: 'a flag that is rarely set',
    sql: 'SELECT * FROM customers WHERE is_vip',
    expected: ['customers(is_vip)'],
  },
  { title: 'IS TRUE', sql: 'SELECT * FROM customers WHERE is_vip IS TRUE', expected: ['customers(is_vip)'] },
  {
    title: 'a rare missing value',
    sql: 'SELECT * FROM orders WHERE shipped_at IS NULL AND customer_id < 20000',
    expected: ['orders(shipped_at)'],
  },
  {
    title: 'a value that is missing mostly',
    sql: 'SELECT * FROM customers WHERE deleted_at IS NULL',
    expected: [],
  },
  {
    title: 'a value that is rarely there',
    sql: 'SELECT * FROM customers WHERE deleted_at IS NOT NULL',
    expected: ['customers(deleted_at)'],
  },
  { title: 'a tiny table', sql: `SELECT * FROM tiny WHERE code = 'c5'`, expected: [] },
  { title: 'a whole table', sql: 'SELECT * FROM orders', expected: [] },
  { title: 'no table', sql: 'SELECT 1', expected: [] },
  { title: 'an index that is there', sql: 'SELECT * FROM indexed WHERE a = 5', expected: [] },
  {
    title: 'an index that is there, with both keys',
    sql: 'SELECT * FROM indexed WHERE a = 5 AND b = 5',
    expected: [],
  },
  { title: 'the second key of an index', sql: 'SELECT * FROM indexed WHERE c = 5', expected: ['indexed(c)'] },
  {
    title: 'two equalities, the choosier first',
    sql: `SELECT * FROM orders WHERE shop_id = 7 AND note = 'note 77'`,
    expected: ['orders(note, shop_id)'],
  },
  {
    title: 'two equalities that need each other',
    sql: 'SELECT * FROM lines WHERE quantity = 3 AND price = 5',
    expected: ['lines(price, quantity)'],
  },
  {
    title: 'an equality and a range',
    sql: `SELECT * FROM orders WHERE shop_id = 7 AND ordered_at > timestamp '2025-12-01'`,
    expected: ['orders(shop_id, ordered_at)'],
  },
  {
    title: 'a range',
    sql: `SELECT * FROM orders WHERE ordered_at BETWEEN '2025-03-01' AND '2025-03-03'`,
    expected: ['orders(ordered_at)'],
  },
  {
    title: 'a range that leaves most rows',
    sql: `SELECT * FROM orders WHERE ordered_at > '2025-01-05'`,
    expected: [],
  },
  {
    title: 'an IN list',
    sql: 'SELECT * FROM orders WHERE customer_id IN (1, 5, 9)',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'a list of values',
    sql: 'SELECT * FROM orders WHERE customer_id = ANY (ARRAY[1, 5, 9])',
    expected: ['orders(customer_id)'],
  },
  { title: 'not equal', sql: 'SELECT * FROM orders WHERE customer_id <> 7', expected: [] },
  { title: 'NOT IN', sql: 'SELECT * FROM orders WHERE customer_id NOT IN (1, 2)', expected: [] },
  {
    title: 'either of two columns',
    sql: `SELECT * FROM orders WHERE customer_id = 7 OR note = 'note 9'`,
    expected: ['orders(customer_id)', 'orders(note)'],
  },
  {
    title: 'OR with a condition that no index has',
    sql: `SELECT * FROM orders WHERE customer_id = 7 OR filler LIKE '%a'`,
    expected: [],
  },
  {
    title: 'a comparison of rows',
    sql: 'SELECT * FROM orders WHERE (customer_id, amount) > (29990, 5) ORDER BY customer_id, amount LIMIT 20',
    expected: ['orders(customer_id, amount)'],
    or: [['orders(customer_id)']],
  },
  {
    title: 'a prefix under a collation that is not C',
    sql: `SELECT * FROM customers WHERE email LIKE 'user77%'`,
    expected: ['customers(email text_pattern_ops)'],
    or: [['customers(email)']],
  },
  {
    title: 'a suffix without pg_trgm',
    sql: `SELECT * FROM customers WHERE email LIKE '%7@example.org'`,
    expected: [],
  },
  {
    title: 'the latest rows',
    sql: 'SELECT * FROM orders ORDER BY ordered_at DESC LIMIT 10',
    expected: ['orders(ordered_at)'],
  },
  {
    title: 'the latest rows of one',
    sql: 'SELECT * FROM orders WHERE customer_id = 7 ORDER BY ordered_at DESC LIMIT 10',
    expected: ['orders(customer_id)'],
    or: [['orders(customer_id, ordered_at)']],
  },
  {
    title: 'the latest rows of a large group',
    sql: 'SELECT * FROM orders WHERE shop_id = 7 ORDER BY ordered_at DESC LIMIT 10',
    expected: ['orders(shop_id, ordered_at)'],
  },
  {
    title: 'an order by place',
    sql: 'SELECT ordered_at, id FROM orders ORDER BY 1 LIMIT 5',
    expected: ['orders(ordered_at)'],
  },
  {
    title: 'an order by alias',
    sql: 'SELECT ordered_at AS moment, id FROM orders ORDER BY moment LIMIT 5',
    expected: ['orders(ordered_at)'],
  },
  {
    title: 'an order that the primary key has',
    sql: 'SELECT * FROM orders ORDER BY id LIMIT 10',
    expected: [],
  },
  {
    title: 'an order of two directions',
    sql: 'SELECT * FROM orders ORDER BY shop_id, ordered_at DESC LIMIT 10',
    expected: ['orders(shop_id, ordered_at DESC)'],
  },
  {
    title: 'missing values last in a falling order',
    sql: 'SELECT * FROM orders ORDER BY shipped_at DESC NULLS LAST, id LIMIT 10',
    expected: ['orders(shipped_at DESC NULLS LAST, id)'],
    or: [['orders(shipped_at DESC NULLS LAST)']],
  },
  {
    title: 'an order by the key that hides a filter',
    sql: `SELECT * FROM orders WHERE note = 'note 7' ORDER BY id LIMIT 10`,
    expected: ['orders(note)'],
    or: [['orders(note, id)']],
  },
  { title: 'the least value', sql: 'SELECT min(ordered_at) FROM orders', expected: ['orders(ordered_at)'] },
  {
    title: 'the greatest value of one',
    sql: 'SELECT max(ordered_at) FROM orders WHERE shop_id = 3',
    expected: ['orders(shop_id, ordered_at)'],
  },
  {
    title: 'groups',
    sql: `SELECT shop_id, count(*) FROM orders GROUP BY shop_id`,
    expected: ['orders(shop_id)'],
    or: [[]],
  },
  {
    title: 'a count under a condition',
    sql: 'SELECT count(*) FROM orders WHERE customer_id = 9',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'a join by its child',
    sql: `SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = 'user9@example.org'`,
    expected: ['customers(email)', 'orders(customer_id)'],
  },
  {
    title: 'a join whose parent has its key',
    sql: 'SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 9',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'a join of whole tables',
    sql: 'SELECT c.name, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id',
    expected: [],
  },
  {
    title: 'a left join',
    sql: `SELECT c.*, o.* FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.id = 5`,
    expected: ['orders(customer_id)'],
  },
  {
    title: 'EXISTS',
    sql: `SELECT c.* FROM customers c WHERE c.email = 'user9@example.org' AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)`,
    expected: ['customers(email)', 'orders(customer_id)'],
  },
  {
    title: 'NOT EXISTS',
    sql: `SELECT c.* FROM customers c WHERE c.id < 20 AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)`,
    expected: ['orders(customer_id)'],
  },
  {
    title: 'a sub-select in the list',
    sql: 'SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c WHERE c.id < 10',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'IN with a sub-select',
    sql: `SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE email = 'user9@example.org')`,
    expected: ['customers(email)', 'orders(customer_id)'],
  },
  {
    title: 'a CTE',
    sql: 'WITH mine AS (SELECT * FROM orders) SELECT * FROM mine WHERE customer_id = 7',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'a CTE that is kept',
    sql: 'WITH mine AS MATERIALIZED (SELECT * FROM orders WHERE customer_id = 7) SELECT * FROM mine',
    expected: ['orders(customer_id)'],
  },
  { title: 'a view', sql: 'SELECT * FROM open_orders WHERE buyer = 7', expected: ['orders(customer_id)'] },
  { title: 'partitions', sql: 'SELECT * FROM events WHERE device = 7', expected: ['events(device)'] },
  {
    title: 'one partition',
    sql: `SELECT * FROM events WHERE device = 7 AND at >= '2025-02-03'`,
    expected: ['events(device)'],
    or: [['events(device, at)']],
  },
  {
    title: 'names that need quotes',
    sql: 'SELECT * FROM "Odd Table" WHERE "Mixed Case" = 7',
    expected: ['"Odd Table"(Mixed Case)'],
  },
  {
    title: 'a reserved word',
    sql: 'SELECT * FROM "Odd Table" WHERE "select" = 7',
    expected: ['"Odd Table"(select)'],
  },
  {
    title: 'another schema',
    sql: `SELECT * FROM stock.items WHERE sku = 'sku9'`,
    expected: ['stock.items(sku)'],
  },
  {
    title: 'lower()',
    sql: `SELECT * FROM customers WHERE lower(email) = 'user9@example.org'`,
    expected: ['customers(lower(email))'],
  },
  {
    title: 'a function of the user',
    sql: `SELECT * FROM customers WHERE tidy(email) = 'user9@example.org'`,
    expected: ['customers(tidy(email))'],
    or: [['customers(lower(TRIM(BOTH FROM email)))'], ['customers(lower(btrim(email)))']],
  },
  {
    title: 'a value of jsonb',
    sql: `SELECT * FROM customers WHERE attributes ->> 'plan' = '7'`,
    expected: [`customers((attributes ->> 'plan'))`],
  },
  {
    title: 'jsonb that contains',
    sql: `SELECT * FROM customers WHERE attributes @> '{"plan": 7}'`,
    expected: ['customers(attributes) gin'],
  },
  {
    title: 'an array that contains',
    sql: `SELECT * FROM customers WHERE tags @> ARRAY['t7']`,
    expected: ['customers(tags) gin'],
  },
  {
    title: 'full text',
    sql: `SELECT * FROM events WHERE body @@ to_tsquery('simple', 'w77')`,
    expected: ['events(body) gin'],
  },
  {
    title: 'date_trunc of a timestamptz',
    sql: `SELECT * FROM orders WHERE date_trunc('day', created_at) = '2025-03-03'`,
    expected: [],
    isRewrite: true,
  },
  {
    title: 'date_trunc of a timestamp',
    sql: `SELECT * FROM orders WHERE date_trunc('day', ordered_at) = '2025-03-03'`,
    expected: [`orders(date_trunc('day', ordered_at))`],
  },
  {
    title: 'a date of a timestamptz',
    sql: `SELECT * FROM orders WHERE created_at::date = '2025-03-03'`,
    expected: [],
    isRewrite: true,
  },
  {
    title: 'an unknown value',
    sql: 'SELECT * FROM orders WHERE customer_id = $1',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'an unknown value and a range',
    sql: 'SELECT * FROM orders WHERE customer_id = $1 AND ordered_at > $2',
    expected: ['orders(customer_id)'],
    or: [['orders(customer_id, ordered_at)']],
  },
  {
    title: 'an interval taken out',
    sql: 'SELECT * FROM orders WHERE customer_id = $1 AND created_at > now() - interval $2',
    expected: ['orders(customer_id)'],
    or: [['orders(customer_id, created_at)']],
  },
  {
    title: 'UPDATE',
    sql: `UPDATE orders SET status = 'open' WHERE customer_id = 7`,
    expected: ['orders(customer_id)'],
  },
  {
    title: 'DELETE',
    sql: `DELETE FROM orders WHERE customer_id = 7`,
    expected: ['orders(customer_id)', 'lines(order_id)'],
  },
  {
    title: 'DELETE whose foreign key has none',
    sql: `DELETE FROM orders WHERE id = 7`,
    expected: ['lines(order_id)'],
  },
  {
    title: 'INSERT of the rows of another',
    sql: `INSERT INTO tiny SELECT id, 'x' FROM orders WHERE customer_id = 7`,
    expected: ['orders(customer_id)'],
  },
  { title: 'INSERT', sql: `INSERT INTO tiny VALUES (1000, 'x') ON CONFLICT DO NOTHING`, expected: [] },
  {
    title: 'FOR UPDATE',
    sql: 'SELECT * FROM orders WHERE customer_id = 7 FOR UPDATE',
    expected: ['orders(customer_id)'],
  },
  {
    title: 'several statements, one index',
    sql: [
      'SELECT * FROM orders WHERE customer_id = 7',
      'SELECT * FROM orders WHERE customer_id = 8 ORDER BY ordered_at LIMIT 5',
    ],
    expected: ['orders(customer_id)'],
  },
  {
    title: 'an enumeration',
    sql: `SELECT * FROM customers WHERE rank = 'low' AND name = 'Name 5'`,
    expected: ['customers(name, rank)'],
  },
  { title: 'DDL', sql: 'CREATE TABLE x (id int)', expected: [], refused: /SELECT/ },
  { title: 'two statements in one', sql: 'SELECT 1; DROP TABLE orders', expected: [], refused: /several/ },
  { title: 'no SQL', sql: 'SELEKT 1', expected: [], refused: /syntax/ },
  {
    title: 'a table that is not there',
    sql: 'SELECT * FROM nowhere WHERE a = 1',
    expected: [],
    refused: /nowhere/,
  },
];
