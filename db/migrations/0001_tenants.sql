-- Tenants, their API keys, and the trail of what was changed by whom.
-- Written by TenantRepository, KeyRepository and AuditRepository.

CREATE TABLE tenants (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug       text        NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tenants IS 'One row per tenant. The row is also the lock of all changes to its admin keys.';

INSERT INTO tenants (slug, name) VALUES ('default', 'Default');

CREATE TABLE api_keys (
  id           text        PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9.-]{1,64}$'),
  sequence     bigint      GENERATED ALWAYS AS IDENTITY,
  tenant_id    bigint      NOT NULL REFERENCES tenants (id),
  role         text        NOT NULL CHECK (role IN ('viewer', 'editor', 'admin', 'collector')),
  name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  origin       text        NOT NULL CHECK (origin IN ('api', 'env', 'generated')),
  secret_hash  bytea       NOT NULL CHECK (length(secret_hash) = 32),
  created_by   text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);
CREATE UNIQUE INDEX api_keys_tenant_sequence ON api_keys (tenant_id, sequence);
COMMENT ON TABLE api_keys IS 'One row per API key plim_<id>_<secret>. Keys are revoked, never deleted: the audit trail names them.';
COMMENT ON COLUMN api_keys.sequence IS 'Order of creation, for paging.';
COMMENT ON COLUMN api_keys.secret_hash IS 'SHA-256 of the secret part, which is random: it needs no slow hash.';
COMMENT ON COLUMN api_keys.origin IS 'api = POST /api/keys or /api/tenants, env = PLIMSOLL_ADMIN_KEY, generated = at the first start.';
COMMENT ON COLUMN api_keys.created_by IS 'Id of the key that asked for it; null when the process did.';
COMMENT ON COLUMN api_keys.last_used_at IS 'Exact to about a minute.';

CREATE TABLE audit_entries (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id  bigint      NOT NULL REFERENCES tenants (id),
  actor      text,
  action     text        NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
  subject    text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 300),
  details    jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
  request_id text        CHECK (length(request_id) <= 128),
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_entries_tenant_id ON audit_entries (tenant_id, id DESC);
COMMENT ON TABLE audit_entries IS 'One row per change that matters, written in the transaction of the change. Append-only.';
COMMENT ON COLUMN audit_entries.actor IS 'Id of the API key that did it; null when the process did.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION refuse_change IS 'For tables that only grow.';

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
