-- What statements cost by fingerprint and hour, so that a regression is seen after a restart, too. All instances add to
-- the same rows. Written by BaselineRepository; rows end after QUERY_BASELINE_RETENTION_DAYS.
CREATE TABLE query_baselines (
  fingerprint text             NOT NULL CHECK (length(fingerprint) BETWEEN 1 AND 40),
  hour        timestamptz      NOT NULL CHECK (extract(epoch FROM hour)::bigint % 3600 = 0),
  calls       bigint           NOT NULL CHECK (calls > 0),
  rows        bigint           NOT NULL CHECK (rows >= 0),
  total_ms    double precision NOT NULL CHECK (total_ms >= 0),
  durations   bytea            NOT NULL,
  plan        text,
  plan_rows   double precision,
  PRIMARY KEY (fingerprint, hour)
);
CREATE INDEX query_baselines_hour ON query_baselines (hour);
COMMENT ON TABLE query_baselines IS 'One row per statement and UTC hour. Times in ms; durations is a sketch in the byte form of src/kernel/quantile-sketch.ts; plan is the last known shape of the generic plan, plan_rows what it expects to read.';
