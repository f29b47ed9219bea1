-- Alerting: what is watched (rules, SLOs), what was found (instances, transitions), and what is told to whom
-- (receivers, outbox, groups, silences). State lives here and nowhere else: an instance may die at any point.
-- All instants of states are the database's clock, read once per evaluation: instances' clocks may differ.

CREATE TABLE alert_receivers (
  id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id         bigint      NOT NULL REFERENCES tenants (id),
  name              text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind              text        NOT NULL CHECK (kind IN ('slack', 'pagerduty', 'webhook', 'email', 'gateway')),
  settings          jsonb       NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
  secrets           jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(secrets) = 'object'),
  group_by          text[]      NOT NULL,
  group_wait_ms     bigint      NOT NULL CHECK (group_wait_ms >= 0),
  group_interval_ms bigint      NOT NULL CHECK (group_interval_ms > 0),
  repeat_ms         bigint      NOT NULL CHECK (repeat_ms > 0),
  sends_resolved    boolean     NOT NULL,
  version           bigint      NOT NULL DEFAULT 1,
  created_by        text        NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, name)
);
COMMENT ON TABLE alert_receivers IS 'Where notifications go.';
COMMENT ON COLUMN alert_receivers.settings IS 'What may be shown.';
COMMENT ON COLUMN alert_receivers.secrets IS 'Addresses with tokens, keys, passwords: read by the delivery alone, in no answer, log or error.';

CREATE TABLE alert_slos (
  id         bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id  bigint           NOT NULL REFERENCES tenants (id),
  name       text             NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  indicator  jsonb            NOT NULL CHECK (jsonb_typeof(indicator) = 'object'),
  objective  double precision NOT NULL CHECK (objective > 0 AND objective < 1),
  window_ms  bigint           NOT NULL CHECK (window_ms > 0),
  version    bigint           NOT NULL DEFAULT 1,
  created_by text             NOT NULL,
  created_at timestamptz      NOT NULL DEFAULT now(),
  updated_at timestamptz      NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, name)
);
COMMENT ON TABLE alert_slos IS 'Service level objectives: the share of events that are to be good over a rolling window.';

CREATE TABLE alert_rules (
  id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id      bigint      NOT NULL REFERENCES tenants (id),
  name           text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  origin         text        NOT NULL CHECK (origin IN ('built-in', 'user', 'slo')),
  slo_id         bigint      REFERENCES alert_slos (id) ON DELETE CASCADE,
  condition      jsonb       NOT NULL CHECK (jsonb_typeof(condition) = 'object'),
  severity       text        NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
  for_ms         bigint      NOT NULL CHECK (for_ms >= 0),
  keep_firing_ms bigint      NOT NULL CHECK (keep_firing_ms >= 0),
  missing_data   text        NOT NULL CHECK (missing_data IN ('ok', 'keep', 'no-data', 'fire')),
  labels         jsonb       NOT NULL CHECK (jsonb_typeof(labels) = 'object'),
  summary        text        CHECK (length(summary) <= 500),
  runbook_url    text        CHECK (length(runbook_url) <= 2000),
  is_enabled     boolean     NOT NULL DEFAULT true,
  version        bigint      NOT NULL DEFAULT 1,
  condition_since timestamptz NOT NULL DEFAULT now(),
  created_by     text        NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, name),
  CHECK ((origin = 'slo') = (slo_id IS NOT NULL))
);
COMMENT ON TABLE alert_rules IS 'One row per rule. Built-in rules belong to the tenant default; they may be changed and disabled, not deleted.';
CREATE INDEX alert_rules_own ON alert_rules (id) WHERE condition #>> '{source,from}' = 'own';
COMMENT ON COLUMN alert_rules.condition_since IS 'When the condition was changed last: the hold time of what is pending begins anew then.';
COMMENT ON COLUMN alert_rules.condition IS 'What is measured and when it is bad: Condition in src/alerting/model/condition.ts.';

CREATE TABLE alert_rule_receivers (
  rule_id     bigint NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  receiver_id bigint NOT NULL REFERENCES alert_receivers (id) ON DELETE CASCADE,
  PRIMARY KEY (rule_id, receiver_id)
);
CREATE INDEX alert_rule_receivers_receiver ON alert_rule_receivers (receiver_id);
CREATE INDEX alert_rules_slo ON alert_rules (slo_id) WHERE slo_id IS NOT NULL;

CREATE TABLE alert_instances (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       bigint      NOT NULL REFERENCES tenants (id),
  rule_id         bigint      NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  fingerprint     text        NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{16}$'),
  labels          jsonb       NOT NULL,
  state           text        NOT NULL CHECK (state IN ('normal', 'pending', 'firing', 'recovering', 'no-data', 'error')),
  state_since     timestamptz NOT NULL,
  breached_since  timestamptz,
  starts_at       timestamptz,
  value           double precision,
  predicted_at    timestamptz,
  detail          text        CHECK (length(detail) <= 500),
  recent          text        NOT NULL DEFAULT '' CHECK (recent ~ '^[01]{0,21}$'),
  is_flapping     boolean     NOT NULL DEFAULT false,
  acknowledged_at timestamptz,
  acknowledged_by text,
  evaluated_at    timestamptz NOT NULL,
  version         bigint      NOT NULL DEFAULT 1,
  UNIQUE (rule_id, fingerprint),
  CHECK ((state IN ('firing', 'recovering')) <= (starts_at IS NOT NULL))
);
CREATE INDEX alert_instances_active ON alert_instances (tenant_id, state, id) WHERE state <> 'normal';
CREATE INDEX alert_instances_predicted ON alert_instances (tenant_id, id) WHERE predicted_at IS NOT NULL;
COMMENT ON TABLE alert_instances IS 'Where each series of each rule stands. Every change is a compare-and-swap on version, in one transaction with its outbox rows.';
COMMENT ON COLUMN alert_instances.breached_since IS 'Since when the condition holds without a break; the hold time counts from here, also over restarts.';
COMMENT ON COLUMN alert_instances.starts_at IS 'When this alert began to fire; it names the alert until it is resolved.';
COMMENT ON COLUMN alert_instances.recent IS 'The last 21 evaluations, newest last; 1: the condition held.';

CREATE TABLE alert_transitions (
  id          bigint      GENERATED ALWAYS AS IDENTITY,
  tenant_id   bigint      NOT NULL,
  rule_id     bigint      NOT NULL,
  fingerprint text        NOT NULL,
  at          timestamptz NOT NULL,
  from_state  text        NOT NULL,
  to_state    text        NOT NULL,
  alert       jsonb       NOT NULL,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX alert_transitions_tenant ON alert_transitions (tenant_id, id DESC);
CREATE INDEX alert_transitions_alert ON alert_transitions (rule_id, fingerprint, at);
COMMENT ON TABLE alert_transitions IS 'History: one row per change of state. Partitioned by time; outlives rules and receivers.';
COMMENT ON COLUMN alert_transitions.alert IS 'AlertSnapshot in src/alerting/model/alert.ts, as of the change.';

CREATE TABLE alert_messages (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   bigint      NOT NULL,
  receiver_id bigint      NOT NULL REFERENCES alert_receivers (id) ON DELETE CASCADE,
  key         text        NOT NULL UNIQUE,
  group_key   text,
  alerts      integer     NOT NULL CHECK (alerts >= 0),
  state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
  attempts    integer     NOT NULL DEFAULT 0,
  is_untold   boolean     NOT NULL DEFAULT true,
  due_at      timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  finished_at timestamptz,
  last_error  text        CHECK (length(last_error) <= 500)
);
CREATE INDEX alert_messages_waiting ON alert_messages (receiver_id, due_at) WHERE state = 'waiting';
CREATE INDEX alert_messages_finished ON alert_messages (finished_at) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE alert_messages IS 'One row per message. What it tells of is settled before its first attempt, so that each attempt says the same.';
COMMENT ON COLUMN alert_messages.key IS 'The same on every attempt: receivers know a repetition by it.';
COMMENT ON COLUMN alert_messages.group_key IS 'NULL: a digest of several groups.';
COMMENT ON COLUMN alert_messages.is_untold IS 'No attempt can have reached the receiver.';

CREATE TABLE alert_outbox (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   bigint      NOT NULL,
  receiver_id bigint      NOT NULL REFERENCES alert_receivers (id) ON DELETE CASCADE,
  dedup_key   text        NOT NULL UNIQUE,
  group_key   text        NOT NULL,
  rule_id     bigint      NOT NULL,
  fingerprint text        NOT NULL,
  starts_at   timestamptz NOT NULL,
  transition  text        NOT NULL CHECK (transition IN ('firing', 'resolved', 'reminder', 'flapping')),
  alert       jsonb       NOT NULL,
  state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'collapsed', 'dropped', 'dead')),
  message_id  bigint,
  incident    text,
  created_at  timestamptz NOT NULL,
  finished_at timestamptz,
  last_error  text        CHECK (length(last_error) <= 500)
);
CREATE INDEX alert_outbox_waiting ON alert_outbox (receiver_id, group_key, id) WHERE state = 'waiting';
CREATE INDEX alert_outbox_message ON alert_outbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX alert_outbox_alert ON alert_outbox (receiver_id, fingerprint, id);
CREATE INDEX alert_outbox_incident ON alert_outbox (receiver_id, incident) WHERE incident IS NOT NULL;
CREATE INDEX alert_outbox_dead ON alert_outbox (id) WHERE state = 'dead';
CREATE INDEX alert_outbox_finished ON alert_outbox (finished_at) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE alert_outbox IS 'What is to be told: written in the transaction of the change it tells of.';
COMMENT ON COLUMN alert_outbox.dedup_key IS 'fingerprint:startsAt:transition:receiver; the same on every attempt.';
COMMENT ON COLUMN alert_outbox.message_id IS 'Set when the message is put together, and never changed after its first attempt.';
COMMENT ON COLUMN alert_outbox.incident IS 'Names the incident that receivers with incidents open for the alert; its later rows keep it.';

CREATE TABLE alert_groups (
  receiver_id bigint      NOT NULL REFERENCES alert_receivers (id) ON DELETE CASCADE,
  group_key   text        NOT NULL,
  due_at      timestamptz NOT NULL,
  remind_at   timestamptz,
  sent_at     timestamptz,
  PRIMARY KEY (receiver_id, group_key)
);
CREATE INDEX alert_groups_due ON alert_groups (receiver_id, due_at);
COMMENT ON COLUMN alert_groups.remind_at IS 'When what still fires is told again; NULL: nothing of it was told.';
COMMENT ON TABLE alert_groups IS 'Alerts that are told together, and when the group is looked at next; infinity: when something new comes.';

CREATE TABLE alert_deliveries (
  receiver_id      bigint      PRIMARY KEY REFERENCES alert_receivers (id) ON DELETE CASCADE,
  ready_at         timestamptz NOT NULL DEFAULT '-infinity',
  lease_owner      text,
  lease_until      timestamptz,
  paced_until      timestamptz NOT NULL DEFAULT '-infinity',
  failures         integer     NOT NULL DEFAULT 0,
  failing_since    timestamptz,
  receiver_version bigint      NOT NULL DEFAULT 0
);
COMMENT ON TABLE alert_deliveries IS 'How each receiver is served. One sender has a receiver at a time, so that a resolved message never overtakes its firing.';
COMMENT ON COLUMN alert_deliveries.ready_at IS 'No message before: pace, breaker, or what the receiver asked for.';
COMMENT ON COLUMN alert_deliveries.paced_until IS 'The later it lies, the fewer messages may go at once.';
COMMENT ON COLUMN alert_deliveries.failing_since IS 'Since when messages to it are lost; others are told of that.';

CREATE TABLE alert_silences (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id  bigint      NOT NULL REFERENCES tenants (id),
  matchers   jsonb       NOT NULL CHECK (jsonb_typeof(matchers) = 'array'),
  starts_at  timestamptz NOT NULL,
  ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at),
  comment    text        NOT NULL CHECK (length(comment) <= 500),
  version    bigint      NOT NULL DEFAULT 1,
  created_by text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX alert_silences_tenant ON alert_silences (tenant_id, ends_at);
COMMENT ON TABLE alert_silences IS 'While one matches, nothing is told of an alert; its state goes on.';

CREATE TABLE alert_signals (
  instance_id text        PRIMARY KEY,
  reported_at timestamptz NOT NULL,
  signals     jsonb       NOT NULL
);
COMMENT ON TABLE alert_signals IS 'What each instance measures of itself and a rule asks for. reported_at is the database''s clock.';
