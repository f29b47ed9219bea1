/**
 * What an attacker with rights in the database may have left there. `leave_traces` does everything that a read-only
 * transaction of a superuser does not prevent, and what it does prevent as well, and swallows each refusal.
 */
export const ATTACK_OBJECTS = String.raw`
CREATE TABLE attack_log (at timestamptz DEFAULT now());
CREATE SEQUENCE attack_sequence;
CREATE TABLE victims (id int PRIMARY KEY, name text, at timestamptz DEFAULT now());
INSERT INTO victims SELECT i, 'name ' || i FROM generate_series(1, 1000) i;

CREATE FUNCTION leave_traces() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  BEGIN EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN PERFORM set_config('transaction_read_only', 'off', true); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN INSERT INTO public.attack_log DEFAULT VALUES; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN PERFORM nextval('public.attack_sequence'); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE format('COPY (SELECT 1) TO %L',
    current_setting('data_directory') || '/attack_' || current_database() || '_' || clock_timestamp()::text);
  EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN PERFORM pg_notify('attack', 'x'); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN PERFORM pg_advisory_lock(4711); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN PERFORM lo_create(0); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN PERFORM set_config('application_name', 'attacked', false); EXCEPTION WHEN OTHERS THEN NULL; END;
END $$;

CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN $1; END';
CREATE FUNCTION evil_text(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN $1; END';
CREATE FUNCTION evil_stable() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE FUNCTION evil_volatile() RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE FUNCTION evil_definer() RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER
  AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE FUNCTION evil_inline(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT public.evil($1)';
CREATE FUNCTION evil_rows() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN PERFORM public.leave_traces(); RETURN NEXT 1; END';
CREATE FUNCTION evil_row(victims) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE FUNCTION evil_bool(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN true; END';
CREATE FUNCTION evil_pair(text, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN true; END';
CREATE FUNCTION evil_sum(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE PROCEDURE evil_procedure() LANGUAGE plpgsql AS 'BEGIN PERFORM public.leave_traces(); END';
CREATE AGGREGATE evil_total(int) (SFUNC = evil_sum, STYPE = int, INITCOND = '0');

-- Names that hide those of PostgreSQL for other types.
CREATE FUNCTION lower(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE FUNCTION now(int) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN NULL; END';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = evil_sum);
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = int, FUNCTION = evil_pair);
CREATE OPERATOR !!! (RIGHTARG = text, FUNCTION = evil_text);

CREATE DOMAIN evil_domain AS text CHECK (evil_bool(VALUE));
CREATE TYPE evil_composite AS (a evil_domain, b int);
CREATE TYPE evil_range AS RANGE (SUBTYPE = text);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE CAST (mood AS int) WITH FUNCTION evil_mood(mood) AS IMPLICIT;
CREATE TABLE domain_arrays (id int, values evil_domain[]);
CREATE TABLE moods (id int, mood mood);

CREATE VIEW evil_view AS SELECT id, evil_stable() AS trace FROM victims;
CREATE VIEW nested_view AS SELECT * FROM evil_view WHERE id > 1;
CREATE VIEW sleeping_view AS SELECT id, pg_sleep(5)::text AS slept FROM victims;
CREATE VIEW exporting_view AS SELECT table_to_xml('victims', true, false, '') AS x;
CREATE VIEW password_view AS SELECT rolname, rolpassword FROM pg_authid;

CREATE TABLE guarded (id int PRIMARY KEY, owner text);
INSERT INTO guarded VALUES (1, 'a');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY trace ON guarded USING (evil_stable() = 1);

CREATE TABLE indexed (id int, a int);
CREATE INDEX indexed_evil ON indexed ((a + evil(1)));
CREATE TABLE parts (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts (CONSTRAINT evil_check CHECK (at > 0 OR evil(1) > 1)) FOR VALUES FROM (0) TO (100);
CREATE TABLE routed (id int) PARTITION BY LIST (evil(id));
CREATE TABLE routed_1 PARTITION OF routed FOR VALUES IN (1);

CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far_away (id int) SERVER nowhere;

CREATE SCHEMA shadow;
CREATE FUNCTION shadow.upper(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN $1; END';
CREATE OPERATOR shadow.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = public.evil_sum);
`.replace(
  'CREATE CAST (mood AS int)',
  `CREATE FUNCTION evil_mood(mood) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM public.leave_traces(); RETURN 1; END';
CREATE CAST (mood AS int)`,
);
