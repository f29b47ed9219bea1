-- Batch jobs: the tables are queue, lease and checkpoint at once. Written by the repositories of src/batch.

CREATE TABLE batch_jobs (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       bigint      NOT NULL REFERENCES tenants (id),
  operation       text        NOT NULL CHECK (operation IN
    ('CREATE', 'UPDATE', 'DELETE', 'UPSERT', 'MIGRATE', 'ARCHIVE', 'PURGE')),
  target          text        NOT NULL CHECK (length(target) BETWEEN 1 AND 100),
  options         jsonb       NOT NULL,
  priority        integer     NOT NULL CHECK (priority BETWEEN -100 AND 100),
  state           text        NOT NULL CHECK (state IN
    ('receiving', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled')),
  created_by      text        NOT NULL,
  idempotency_key text        CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  digest          bytea,
  total           bigint,
  failure         jsonb,
  created_at      timestamptz NOT NULL,
  started_at      timestamptz,
  finished_at     timestamptz,
  UNIQUE (tenant_id, idempotency_key)
);
CREATE INDEX batch_jobs_tenant_id_id ON batch_jobs (tenant_id, id DESC);
CREATE INDEX batch_jobs_waiting ON batch_jobs (priority DESC, id) WHERE state IN ('queued', 'running');
COMMENT ON TABLE batch_jobs IS 'One row per batch job. A job in state receiving has an upload that is not complete.';

-- The cursor moves in the transaction of the data it stands for, and only while the owner is the same: so the
-- lease is the fence.
CREATE TABLE batch_partitions (
  job_id      bigint             NOT NULL REFERENCES batch_jobs (id) ON DELETE CASCADE,
  part        integer            NOT NULL,
  state       text               NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
  cursor      text               NOT NULL DEFAULT '',
  upper_bound text               NOT NULL DEFAULT '',
  owner       text,
  lease_until timestamptz,
  not_before  timestamptz        NOT NULL DEFAULT '-infinity',
  attempts    integer            NOT NULL DEFAULT 0,
  chunks      bigint             NOT NULL DEFAULT 0,
  processed   bigint             NOT NULL DEFAULT 0,
  written     bigint             NOT NULL DEFAULT 0,
  bad         bigint             NOT NULL DEFAULT 0,
  chunk_ms    double precision[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (job_id, part)
) WITH (fillfactor = 50);
CREATE INDEX batch_partitions_pending ON batch_partitions (job_id, part) WHERE state = 'pending';
COMMENT ON COLUMN batch_partitions.chunk_ms IS 'How long the latest chunks took, newest last.';

-- What was uploaded, checked and in COPY's binary format; deleted when the job has succeeded.
CREATE TABLE batch_inputs (
  job_id     bigint  NOT NULL REFERENCES batch_jobs (id) ON DELETE CASCADE,
  first_row  bigint  NOT NULL,
  row_count  integer NOT NULL CHECK (row_count > 0),
  body       bytea   NOT NULL,
  PRIMARY KEY (job_id, first_row)
);
ALTER TABLE batch_inputs ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON COLUMN batch_inputs.body IS 'A row a record: the tenant, then the columns of the job.';

CREATE TABLE batch_dead_letters (
  job_id          bigint  NOT NULL REFERENCES batch_jobs (id) ON DELETE CASCADE,
  record          bigint  NOT NULL,
  sql_state       text    NOT NULL,
  constraint_name text,
  column_name     text,
  reason          text    NOT NULL,
  payload         jsonb   NOT NULL,
  PRIMARY KEY (job_id, record)
);
COMMENT ON TABLE batch_dead_letters IS 'Records that the database refused, with the reason; record counts from 1.';

-- Who did what to which job. Append-only: each entry carries the hash of the one before it.
CREATE TABLE batch_audit (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id     bigint      NOT NULL,
  job_id        bigint      NOT NULL,
  at            timestamptz NOT NULL,
  actor         text        NOT NULL,
  action        text        NOT NULL,
  details       jsonb       NOT NULL,
  previous_hash bytea       NOT NULL,
  hash          bytea       NOT NULL
);
CREATE INDEX batch_audit_tenant_id_id ON batch_audit (tenant_id, id);
CREATE TRIGGER batch_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON batch_audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where ARCHIVE moves runs of scheduled jobs to.
CREATE TABLE scheduler_metrics_archive (
  LIKE scheduler_metrics INCLUDING DEFAULTS,
  archived_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE INDEX scheduler_metrics_tenant_id_id ON scheduler_metrics (tenant_id, id);
