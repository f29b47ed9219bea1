-- Which instance runs a job that must run on one instance only. Written by LeaseRepository; a lease that
-- is not renewed in time may be taken over by any other instance. Expiry is judged by the server's clock.
CREATE TABLE scheduler_leases (
  job        text        PRIMARY KEY CHECK (length(job) BETWEEN 1 AND 100),
  owner      text        NOT NULL CHECK (length(owner) BETWEEN 1 AND 100),
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE scheduler_leases IS 'One row per leader-only job that has a leader: the owning instance and its deadline.';
