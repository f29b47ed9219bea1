-- Locks: fences that database writes check, the backend all instances agree on, and leases for deployments
-- without Redis.

-- Fences and tokens: greater than every one before, for ever.
CREATE SEQUENCE lock_numbers AS bigint;

-- The latest claim on each resource. Its holder, and nobody before it, may write.
CREATE TABLE lock_fences (
  resource   text        PRIMARY KEY,
  fence      bigint      NOT NULL,
  claimed_at timestamptz NOT NULL
);
CREATE INDEX lock_fences_claimed_at_idx ON lock_fences (claimed_at);

-- Where locks are taken from. Two backends at once would give the same lock twice.
CREATE TABLE lock_backends (
  identity      text        PRIMARY KEY,
  first_used_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE lock_instances (
  instance_id text        PRIMARY KEY,
  identity    text        NOT NULL,
  expires_at  timestamptz NOT NULL
);

-- The lease table. A row whose time is over is free.
CREATE TABLE locks (
  resource   text        PRIMARY KEY,
  claim      text        NOT NULL,
  owner_id   text        NOT NULL,
  token      bigint      NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Who waits, in the order of tickets. Whoever does not ask again loses the place.
CREATE TABLE lock_waiters (
  claim_id   text        PRIMARY KEY,
  resource   text        NOT NULL,
  owner_id   text        NOT NULL,
  ticket     bigint      GENERATED ALWAYS AS IDENTITY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX lock_waiters_resource_idx ON lock_waiters (resource, ticket);
CREATE INDEX lock_waiters_owner_id_idx ON lock_waiters (owner_id);
