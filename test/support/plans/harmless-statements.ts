import type { ParameterValue } from '../../../src/query-insights/index.js';

/** Tables that an application might have. */
export const HARMLESS_OBJECTS = `
CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE, country char(2), created_at timestamptz DEFAULT now(), tags text[], data jsonb);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int REFERENCES customers, status text,
  total numeric(10, 2), placed_on date, period tstzrange, search tsvector);
INSERT INTO customers SELECT i, 'c' || i || '@example.org', 'DE', now() - i * interval '1 hour', ARRAY['a', 'b'], jsonb_build_object('n', i)
  FROM generate_series(1, 2000) i;
INSERT INTO orders (customer_id, status, total, placed_on) SELECT i % 2000 + 1, CASE i % 3 WHEN 0 THEN 'open' ELSE 'paid' END, i, current_date - i % 365
  FROM generate_series(1, 20000) i;
CREATE INDEX ON orders (lower(status));
CREATE VIEW open_orders AS SELECT o.*, upper(c.email) AS email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open';
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id;
CREATE TABLE events (id int, at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE tenants_data (id int PRIMARY KEY, tenant text);
ALTER TABLE tenants_data ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants_data USING (tenant = current_setting('app.tenant', true));
CREATE TYPE level AS ENUM ('low', 'high');
CREATE DOMAIN percentage AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE measures (id int, level level, share percentage, point point, address inet, uid uuid);
CREATE SCHEMA sales;
CREATE TABLE sales.regions (id int, name text);
ANALYZE;
`;

/** Statements that nobody should refuse, with values for their parameters. */
export const HARMLESS: readonly (readonly [query: string, params?: readonly ParameterValue[]])[] = [
  ['SELECT 1'],
  ['SELECT * FROM orders WHERE id = 5'],
  [
    `SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open' ORDER BY o.placed_on DESC LIMIT 10`,
  ],
  [
    'SELECT c.id, count(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id HAVING count(*) > 3',
  ],
  [
    `SELECT status, sum(total) OVER (PARTITION BY customer_id ORDER BY placed_on ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM orders`,
  ],
  [
    'SELECT rank() OVER w, lag(total) OVER w FROM orders WINDOW w AS (PARTITION BY status ORDER BY total DESC)',
  ],
  [
    'WITH recent AS (SELECT * FROM orders WHERE placed_on > current_date - 30) SELECT status, count(*) FROM recent GROUP BY status',
  ],
  ['WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT sum(i) FROM n'],
  [
    `SELECT data->>'n', data #> '{a,b}', data @> '{"n": 1}', jsonb_array_length('[1]') FROM customers WHERE data ? 'n'`,
  ],
  [`SELECT jsonb_path_query(data, '$.n') FROM customers`],
  [`SELECT json_agg(c), json_build_object('id', c.id) FROM customers c GROUP BY c.id`],
  [`SELECT * FROM customers WHERE tags && ARRAY['a'] AND 'b' = ANY (tags) AND cardinality(tags) > 1`],
  ['SELECT unnest(tags), array_agg(id) FROM customers GROUP BY 1'],
  [
    `SELECT to_tsvector('english', email) @@ plainto_tsquery('english', 'fox'), ts_rank(search, to_tsquery('a & b')) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE search @@ to_tsquery('a')`,
  ],
  [
    `SELECT date_trunc('month', created_at), extract(year FROM created_at), created_at + interval '1 day', age(created_at) FROM customers WHERE created_at > now() - interval '7 days'`,
  ],
  [
    `SELECT created_at AT TIME ZONE 'UTC', to_char(created_at, 'YYYY-MM'), make_date(2026, 1, 1) FROM customers`,
  ],
  [
    'SELECT g, count(o.id) FROM generate_series(1, 12) g LEFT JOIN orders o ON extract(month FROM o.placed_on) = g GROUP BY g',
  ],
  [`SELECT d::date FROM generate_series('2026-01-01'::timestamptz, '2026-02-01', '1 day') d`],
  [
    'SELECT c.email, l.total FROM customers c, LATERAL (SELECT total FROM orders o WHERE o.customer_id = c.id ORDER BY total DESC LIMIT 1) l WHERE c.id < 9',
  ],
  ['SELECT status, placed_on, sum(total) FROM orders GROUP BY GROUPING SETS ((status), (placed_on), ())'],
  ['SELECT status, placed_on, grouping(status), sum(total) FROM orders GROUP BY ROLLUP (status, placed_on)'],
  ['SELECT * FROM open_orders WHERE total > 10'],
  ['SELECT * FROM totals ORDER BY total DESC LIMIT 3'],
  [`SELECT count(*) FROM events WHERE at >= '2026-03-01' AND at < '2026-04-01'`],
  ['SELECT * FROM tenants_data WHERE id = 1'],
  ['SELECT id FROM customers UNION ALL SELECT customer_id FROM orders EXCEPT SELECT 5'],
  ['VALUES (1, $$a$$), (2, $$b$$)'],
  ['TABLE customers'],
  ['SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, placed_on DESC'],
  [
    `SELECT CASE WHEN total > 100 THEN 'big' ELSE 'small' END, coalesce(status, '-'), nullif(status, ''), greatest(total, 1) FROM orders`,
  ],
  [
    `SELECT upper(email), lower(email), substring(email FROM 1 FOR 3), position('@' IN email), trim(email), replace(email, '@', ' at '), email || 'x', split_part(email, '@', 1), length(email) FROM customers`,
  ],
  [
    `SELECT * FROM customers WHERE email LIKE 'c1%' OR email ILIKE '%X%' OR email ~ '^c[0-9]+' OR email SIMILAR TO 'c%'`,
  ],
  [`SELECT regexp_replace(email, '\\d+', '#'), regexp_matches(email, '(\\d+)') FROM customers`],
  [
    'SELECT round(avg(total), 2), percentile_cont(0.5) WITHIN GROUP (ORDER BY total), stddev(total), count(*) FILTER (WHERE total > 5) FROM orders',
  ],
  [`SELECT string_agg(email, ', ' ORDER BY email) FROM customers`],
  [
    'SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE country = $$DE$$) AND EXISTS (SELECT 1 FROM events)',
  ],
  [`SELECT * FROM orders WHERE (status, total) = ('open', 5) OR (customer_id, id) > (1, 2)`],
  [`SELECT * FROM orders WHERE period && tstzrange(now(), now() + interval '1 hour') OR period @> now()`],
  ['SELECT * FROM orders TABLESAMPLE bernoulli (10)'],
  [`SELECT level, share FROM measures WHERE level = 'high' AND level > 'low' AND share BETWEEN 5 AND 10`],
  [
    `SELECT 'high'::level, 50::percentage, address << inet '10.0.0.0/8', point <-> point '(0,0)' FROM measures`,
  ],
  [`SELECT md5(email), encode(sha256(email::bytea), 'hex'), gen_random_uuid(), random() FROM customers`],
  ['SELECT r.name FROM sales.regions r'],
  ['SELECT total * 1.19, total / 3, total % 7, power(total, 2), sqrt(total::float8), total ^ 2 FROM orders'],
  ['SELECT count(*) FROM customers a CROSS JOIN customers b WHERE a.id < b.id AND a.id < 3'],
  [
    'SELECT o.*, (SELECT max(total) FROM orders i WHERE i.customer_id = o.customer_id) AS top FROM orders o LIMIT 5',
  ],
  ['SELECT relname, reltuples FROM pg_class WHERE relkind = $$r$$'],
  ['SELECT table_name FROM information_schema.tables'],
  ['SELECT schemaname, relname, seq_scan FROM pg_stat_user_tables'],
  [`SELECT pg_size_pretty(pg_total_relation_size('public.orders')), pg_typeof(1)`],
  [`SELECT current_date, localtimestamp, current_user, session_user`],
  ['SELECT * FROM orders FETCH FIRST 3 ROWS WITH TIES'.replace('FETCH', 'ORDER BY total FETCH')],
  ['SELECT * FROM customers NATURAL JOIN (SELECT 5 AS id) s'],
  ['SELECT a.id FROM customers a JOIN customers b USING (id) ORDER BY 1'],
  [`SELECT concat_ws('-', a, b), format('%s of %10s', a, b) FROM (VALUES (1, 'x')) v(a, b)`],
  ['SELECT * FROM orders WHERE id = $1', [5]],
  [
    'SELECT * FROM orders WHERE status = $1 AND placed_on > $2::date - $3::interval LIMIT $4',
    ['open', '2026-01-01', '1 day', 10],
  ],
  [
    'SELECT * FROM customers WHERE data @> $1 AND tags = $2 AND email = $3',
    ['{"n": 1}', '{a,b}', "o'hara\\"],
  ],
  ['SELECT * FROM orders WHERE status = $1 AND total > $2'],
  ['SELECT * FROM customers WHERE created_at > now() - interval $1 AND email LIKE $2'],
  [
    `SELECT date_trunc($1, created_at), extract($2 FROM created_at) FROM customers WHERE id = ANY ($3) LIMIT $4 OFFSET $5`,
  ],
  [
    'SELECT $1 + 1, coalesce($2, $3), id FROM orders WHERE placed_on BETWEEN $4 AND $5 AND customer_id IN ($6, $7)',
  ],
];
