-- How instances were doing, for /metrics/history: a row per instance and minute, later per 5 minutes and per hour.
-- Written by HistoryRepository. Rows of one partition end together: expires_at is sampled_at and the time its
-- resolution is kept (2, 15 and 100 days), so what is old goes by dropping partitions.
CREATE TABLE performance_points (
  resolution_minutes smallint    NOT NULL CHECK (resolution_minutes IN (1, 5, 60)),
  sampled_at         timestamptz NOT NULL,
  instance_id        text        NOT NULL,
  expires_at         timestamptz NOT NULL CHECK (expires_at > sampled_at),
  series             jsonb       NOT NULL,
  PRIMARY KEY (expires_at, resolution_minutes, sampled_at, instance_id)
) PARTITION BY RANGE (expires_at);
COMMENT ON TABLE performance_points IS 'Per instance and step: {"name": [mean, least, greatest, samples]}. sampled_at is the begin of the step.';
