-- Collector metrics: raw events, their hourly and daily rollups, and the marks that keep these true.
-- Raw rows are written by EventRepository, rollups by RollupRepository; partitions by PartitionRepository.

-- The bucket scheme of src/kernel/log-buckets.ts; the divisor is its LOG_GAMMA.
CREATE FUNCTION duration_bucket(ms double precision) RETURNS smallint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE
    WHEN ms <= 0 THEN -32768
    ELSE least(32766, greatest(-32767, ceil(ln(ms) / 0.019000571614286515)))
  END::smallint;
COMMENT ON FUNCTION duration_bucket IS 'Logarithmic bucket of a duration in ms; -32768 holds zero.';

CREATE TABLE scraper_series (
  id             integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id      bigint      NOT NULL REFERENCES tenants (id),
  scraper_source text        NOT NULL CHECK (length(scraper_source) BETWEEN 1 AND 200),
  metric_type    text        NOT NULL CHECK (length(metric_type) BETWEEN 1 AND 200),
  created_at     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, scraper_source, metric_type)
);
COMMENT ON TABLE scraper_series IS 'One row per tenant, scraper source and metric type. Never deleted: processes cache the ids.';

-- No foreign key to scraper_series: its trigger per row would cost a third of the ingest rate, and ids
-- only come from that table. The primary key is the covering index of every read; BRIN serves scans by time.
CREATE TABLE scraper_page_performance (
  id                     bigint           GENERATED ALWAYS AS IDENTITY (CACHE 100),
  created_at             timestamptz      NOT NULL,
  navigation_duration_ms double precision CHECK (navigation_duration_ms = 0 OR navigation_duration_ms BETWEEN 1e-9 AND 1e12),
  scrape_duration_ms     double precision CHECK (scrape_duration_ms = 0 OR scrape_duration_ms BETWEEN 1e-9 AND 1e12),
  duration_ms            double precision GENERATED ALWAYS AS (
    CASE
      WHEN is_navigation THEN coalesce(navigation_duration_ms, scrape_duration_ms)
      ELSE coalesce(scrape_duration_ms, navigation_duration_ms)
    END) STORED,
  series_id              integer          NOT NULL,
  items_extracted        integer          CHECK (items_extracted >= 0),
  is_navigation          boolean          NOT NULL,
  success                boolean          NOT NULL,
  PRIMARY KEY (series_id, created_at, id) INCLUDE (duration_ms, items_extracted, success)
) PARTITION BY RANGE (created_at);
CREATE INDEX scraper_page_performance_created_at_brin ON scraper_page_performance USING brin (created_at);
COMMENT ON TABLE scraper_page_performance IS
  'One row per collector event, partitioned by UTC month. Durations in ms; duration_ms is the one that counts.';

-- Partitions that were dropped do not come back: an hour of theirs would be computed from its late rows alone.
CREATE TABLE raw_horizon (
  is_single     boolean     PRIMARY KEY DEFAULT true CHECK (is_single),
  complete_from timestamptz NOT NULL
);
INSERT INTO raw_horizon (complete_from) VALUES ('1970-01-01T00:00:00Z');
COMMENT ON TABLE raw_horizon IS 'One row: raw rows are complete from this instant on; older ones have been dropped.';

CREATE TABLE scraper_metrics_hourly (
  series_id        integer          NOT NULL REFERENCES scraper_series (id),
  hour             timestamptz      NOT NULL CHECK (hour = date_bin('1 hour', hour, 'epoch')),
  event_count      bigint           NOT NULL CHECK (event_count > 0),
  success_count    bigint           NOT NULL,
  total_items      bigint           NOT NULL,
  duration_count   bigint           NOT NULL,
  sum_ms           double precision NOT NULL,
  sum_squares_ms2  double precision NOT NULL,
  min_ms           double precision,
  max_ms           double precision,
  sketch           bytea            NOT NULL,
  PRIMARY KEY (series_id, hour)
) WITH (toast_tuple_target = 8160);
ALTER TABLE scraper_metrics_hourly ALTER COLUMN sketch SET STORAGE EXTERNAL;
CREATE INDEX scraper_metrics_hourly_hour_brin ON scraper_metrics_hourly USING brin (hour);
COMMENT ON TABLE scraper_metrics_hourly IS 'One row per series and UTC hour that has events.';
COMMENT ON COLUMN scraper_metrics_hourly.sketch IS
  'Pairs (duration_bucket int2, count int4), big-endian; concatenation merges sketches. Read inline and uncompressed.';

CREATE TABLE scraper_daily_summary (
  series_id        integer          NOT NULL REFERENCES scraper_series (id),
  day              timestamptz      NOT NULL CHECK (day = date_bin('1 day', day, 'epoch')),
  event_count      bigint           NOT NULL CHECK (event_count > 0),
  success_count    bigint           NOT NULL,
  total_items      bigint           NOT NULL,
  duration_count   bigint           NOT NULL,
  sum_ms           double precision NOT NULL,
  sum_squares_ms2  double precision NOT NULL,
  min_ms           double precision,
  max_ms           double precision,
  sketch           bytea            NOT NULL,
  PRIMARY KEY (series_id, day)
) WITH (toast_tuple_target = 8160);
ALTER TABLE scraper_daily_summary ALTER COLUMN sketch SET STORAGE EXTERNAL;
CREATE INDEX scraper_daily_summary_day_brin ON scraper_daily_summary USING brin (day);
COMMENT ON TABLE scraper_daily_summary IS 'One row per series and UTC day that has events; columns as in scraper_metrics_hourly.';
COMMENT ON COLUMN scraper_daily_summary.sketch IS
  'As in scraper_metrics_hourly, but packed: bucket 32767, byte length int4, then varints; see QuantileSketch.';

-- A plain append-only list, without a unique key: two transactions that touch the same hour must not wait
-- for each other. The refresher removes duplicates while it drains the list.
CREATE TABLE rollup_marks (
  series_id integer     NOT NULL,
  hour      timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE rollup_marks IS 'Series and UTC hours whose raw rows changed since their last rollup; readers use raw rows there.';

CREATE FUNCTION mark_changed_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rollup_marks (series_id, hour)
    SELECT DISTINCT series_id, date_bin('1 hour', created_at, 'epoch') FROM changed_rows;
  RETURN NULL;
END $$;

CREATE FUNCTION mark_updated_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rollup_marks (series_id, hour)
    SELECT series_id, date_bin('1 hour', created_at, 'epoch') FROM old_rows
    UNION
    SELECT series_id, date_bin('1 hour', created_at, 'epoch') FROM new_rows;
  RETURN NULL;
END $$;

CREATE TRIGGER scraper_page_performance_inserted AFTER INSERT ON scraper_page_performance
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_rows();
CREATE TRIGGER scraper_page_performance_deleted AFTER DELETE ON scraper_page_performance
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_rows();
CREATE TRIGGER scraper_page_performance_updated AFTER UPDATE ON scraper_page_performance
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_rows();

CREATE TABLE scheduler_metrics (
  id              bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       bigint           NOT NULL REFERENCES tenants (id),
  job_name        text             NOT NULL CHECK (length(job_name) BETWEEN 1 AND 200),
  started_at      timestamptz      NOT NULL,
  duration_ms     double precision NOT NULL CHECK (duration_ms = 0 OR duration_ms BETWEEN 1e-9 AND 1e12),
  success         boolean          NOT NULL,
  items_processed integer          CHECK (items_processed >= 0),
  error_message   text             CHECK (length(error_message) <= 2000),
  created_at      timestamptz      NOT NULL DEFAULT now()
);
CREATE INDEX scheduler_metrics_job_started_at ON scheduler_metrics (tenant_id, job_name, started_at DESC)
  INCLUDE (duration_ms, success, items_processed);
CREATE INDEX scheduler_metrics_started_at_brin ON scheduler_metrics USING brin (started_at);
COMMENT ON TABLE scheduler_metrics IS 'One row per run of a collector''s scheduled job. Durations in ms.';

CREATE TABLE ingest_requests (
  tenant_id       bigint      NOT NULL REFERENCES tenants (id),
  endpoint        text        NOT NULL,
  idempotency_key text        NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  accepted_count  bigint      NOT NULL CHECK (accepted_count >= 0),
  digest          bytea       NOT NULL,
  is_complete     boolean     NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, endpoint, idempotency_key)
);
CREATE INDEX ingest_requests_updated_at ON ingest_requests (updated_at);
COMMENT ON TABLE ingest_requests IS
  'Progress of each request that carried an Idempotency-Key, written in the transaction of its events. '
  'digest is the SHA-256 of the body up to the last accepted event.';
