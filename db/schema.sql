-- The schema that db/migrations make, for reading and for review. Generated: npm run schema:dump
-- Partitions are left out: they are made at run time.

CREATE OR REPLACE FUNCTION public.duration_bucket(ms double precision)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (CASE WHEN (ms <= (0)::double precision) THEN ('-32768'::integer)::double precision ELSE LEAST((32766)::double precision, GREATEST(('-32767'::integer)::double precision, ceil((ln(ms) / (0.019000571614286515)::double precision)))) END)::smallint;
COMMENT ON FUNCTION duration_bucket(double precision) IS 'Logarithmic bucket of a duration in ms; -32768 holds zero.';

CREATE OR REPLACE FUNCTION public.mark_changed_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO rollup_marks (series_id, hour)
    SELECT DISTINCT series_id, date_bin('1 hour', created_at, 'epoch') FROM changed_rows;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.mark_updated_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO rollup_marks (series_id, hour)
    SELECT series_id, date_bin('1 hour', created_at, 'epoch') FROM old_rows
    UNION
    SELECT series_id, date_bin('1 hour', created_at, 'epoch') FROM new_rows;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $function$;
COMMENT ON FUNCTION refuse_change() IS 'For tables that only grow.';

CREATE OR REPLACE FUNCTION public.tenant_words(tenant_id bigint, query tsquery)
 RETURNS tsquery
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (regexp_replace(regexp_replace((query)::text, '(''(?:[^'']|'''')*''(?::\*)?) <(?:-|\d+)>'::text, '\1 &'::text, 'g'::text), '''((?:[^'']|'''')*)'''::text, ((''''::text || tenant_id) || '/\1'''::text), 'g'::text))::tsquery;
COMMENT ON FUNCTION tenant_words(bigint,tsquery) IS 'The same for a question after such words, wherever they stand.';

CREATE OR REPLACE FUNCTION public.tenant_words(tenant_id bigint, words tsvector)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT COALESCE(array_to_tsvector(array_agg(((tenant_words.tenant_id || '/'::text) || word.word))), ''::tsvector) AS "coalesce" FROM unnest(tsvector_to_array(tenant_words.words)) word(word));
COMMENT ON FUNCTION tenant_words(bigint,tsvector) IS 'Words with their tenant before each, in no order.';

CREATE TABLE alert_deliveries (
  receiver_id bigint NOT NULL,
  ready_at timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  lease_owner text,
  lease_until timestamp with time zone,
  paced_until timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamp with time zone,
  receiver_version bigint NOT NULL DEFAULT 0,
  CONSTRAINT alert_deliveries_pkey PRIMARY KEY (receiver_id),
  CONSTRAINT alert_deliveries_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES alert_receivers(id) ON DELETE CASCADE
);
COMMENT ON TABLE alert_deliveries IS 'How each receiver is served. One sender has a receiver at a time, so that a resolved message never overtakes its firing.';
COMMENT ON COLUMN alert_deliveries.ready_at IS 'No message before: pace, breaker, or what the receiver asked for.';
COMMENT ON COLUMN alert_deliveries.paced_until IS 'The later it lies, the fewer messages may go at once.';
COMMENT ON COLUMN alert_deliveries.failing_since IS 'Since when messages to it are lost; others are told of that.';

CREATE TABLE alert_groups (
  receiver_id bigint NOT NULL,
  group_key text NOT NULL,
  due_at timestamp with time zone NOT NULL,
  remind_at timestamp with time zone,
  sent_at timestamp with time zone,
  CONSTRAINT alert_groups_pkey PRIMARY KEY (receiver_id, group_key),
  CONSTRAINT alert_groups_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES alert_receivers(id) ON DELETE CASCADE
);
CREATE INDEX alert_groups_due ON public.alert_groups USING btree (receiver_id, due_at);
COMMENT ON TABLE alert_groups IS 'Alerts that are told together, and when the group is looked at next; infinity: when something new comes.';
COMMENT ON COLUMN alert_groups.remind_at IS 'When what still fires is told again; NULL: nothing of it was told.';

CREATE TABLE alert_instances (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  rule_id bigint NOT NULL,
  fingerprint text NOT NULL,
  labels jsonb NOT NULL,
  state text NOT NULL,
  state_since timestamp with time zone NOT NULL,
  breached_since timestamp with time zone,
  starts_at timestamp with time zone,
  value double precision,
  predicted_at timestamp with time zone,
  detail text,
  recent text NOT NULL DEFAULT ''::text,
  is_flapping boolean NOT NULL DEFAULT false,
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  evaluated_at timestamp with time zone NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  CONSTRAINT alert_instances_pkey PRIMARY KEY (id),
  CONSTRAINT alert_instances_rule_id_fingerprint_key UNIQUE (rule_id, fingerprint),
  CONSTRAINT alert_instances_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES alert_rules(id) ON DELETE CASCADE,
  CONSTRAINT alert_instances_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT alert_instances_check CHECK (((state = ANY (ARRAY['firing'::text, 'recovering'::text])) <= (starts_at IS NOT NULL))),
  CONSTRAINT alert_instances_detail_check CHECK ((length(detail) <= 500)),
  CONSTRAINT alert_instances_fingerprint_check CHECK ((fingerprint ~ '^[0-9a-f]{16}$'::text)),
  CONSTRAINT alert_instances_recent_check CHECK ((recent ~ '^[01]{0,21}$'::text)),
  CONSTRAINT alert_instances_state_check CHECK ((state = ANY (ARRAY['normal'::text, 'pending'::text, 'firing'::text, 'recovering'::text, 'no-data'::text, 'error'::text])))
);
CREATE INDEX alert_instances_active ON public.alert_instances USING btree (tenant_id, state, id) WHERE (state <> 'normal'::text);
CREATE INDEX alert_instances_predicted ON public.alert_instances USING btree (tenant_id, id) WHERE (predicted_at IS NOT NULL);
COMMENT ON TABLE alert_instances IS 'Where each series of each rule stands. Every change is a compare-and-swap on version, in one transaction with its outbox rows.';
COMMENT ON COLUMN alert_instances.breached_since IS 'Since when the condition holds without a break; the hold time counts from here, also over restarts.';
COMMENT ON COLUMN alert_instances.starts_at IS 'When this alert began to fire; it names the alert until it is resolved.';
COMMENT ON COLUMN alert_instances.recent IS 'The last 21 evaluations, newest last; 1: the condition held.';

CREATE TABLE alert_messages (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  receiver_id bigint NOT NULL,
  key text NOT NULL,
  group_key text,
  alerts integer NOT NULL,
  state text NOT NULL DEFAULT 'waiting'::text,
  attempts integer NOT NULL DEFAULT 0,
  is_untold boolean NOT NULL DEFAULT true,
  due_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  last_error text,
  CONSTRAINT alert_messages_pkey PRIMARY KEY (id),
  CONSTRAINT alert_messages_key_key UNIQUE (key),
  CONSTRAINT alert_messages_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES alert_receivers(id) ON DELETE CASCADE,
  CONSTRAINT alert_messages_alerts_check CHECK ((alerts >= 0)),
  CONSTRAINT alert_messages_last_error_check CHECK ((length(last_error) <= 500)),
  CONSTRAINT alert_messages_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'dead'::text])))
);
CREATE INDEX alert_messages_finished ON public.alert_messages USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX alert_messages_waiting ON public.alert_messages USING btree (receiver_id, due_at) WHERE (state = 'waiting'::text);
COMMENT ON TABLE alert_messages IS 'One row per message. What it tells of is settled before its first attempt, so that each attempt says the same.';
COMMENT ON COLUMN alert_messages.key IS 'The same on every attempt: receivers know a repetition by it.';
COMMENT ON COLUMN alert_messages.group_key IS 'NULL: a digest of several groups.';
COMMENT ON COLUMN alert_messages.is_untold IS 'No attempt can have reached the receiver.';

CREATE TABLE alert_outbox (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  receiver_id bigint NOT NULL,
  dedup_key text NOT NULL,
  group_key text NOT NULL,
  rule_id bigint NOT NULL,
  fingerprint text NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  transition text NOT NULL,
  alert jsonb NOT NULL,
  state text NOT NULL DEFAULT 'waiting'::text,
  message_id bigint,
  incident text,
  created_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  last_error text,
  CONSTRAINT alert_outbox_pkey PRIMARY KEY (id),
  CONSTRAINT alert_outbox_dedup_key_key UNIQUE (dedup_key),
  CONSTRAINT alert_outbox_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES alert_receivers(id) ON DELETE CASCADE,
  CONSTRAINT alert_outbox_last_error_check CHECK ((length(last_error) <= 500)),
  CONSTRAINT alert_outbox_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'collapsed'::text, 'dropped'::text, 'dead'::text]))),
  CONSTRAINT alert_outbox_transition_check CHECK ((transition = ANY (ARRAY['firing'::text, 'resolved'::text, 'reminder'::text, 'flapping'::text])))
);
CREATE INDEX alert_outbox_alert ON public.alert_outbox USING btree (receiver_id, fingerprint, id);
CREATE INDEX alert_outbox_dead ON public.alert_outbox USING btree (id) WHERE (state = 'dead'::text);
CREATE INDEX alert_outbox_finished ON public.alert_outbox USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX alert_outbox_incident ON public.alert_outbox USING btree (receiver_id, incident) WHERE (incident IS NOT NULL);
CREATE INDEX alert_outbox_message ON public.alert_outbox USING btree (message_id) WHERE (message_id IS NOT NULL);
CREATE INDEX alert_outbox_waiting ON public.alert_outbox USING btree (receiver_id, group_key, id) WHERE (state = 'waiting'::text);
COMMENT ON TABLE alert_outbox IS 'What is to be told: written in the transaction of the change it tells of.';
COMMENT ON COLUMN alert_outbox.dedup_key IS 'fingerprint:startsAt:transition:receiver; the same on every attempt.';
COMMENT ON COLUMN alert_outbox.message_id IS 'Set when the message is put together, and never changed after its first attempt.';
COMMENT ON COLUMN alert_outbox.incident IS 'Names the incident that receivers with incidents open for the alert; its later rows keep it.';

CREATE TABLE alert_receivers (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  settings jsonb NOT NULL,
  secrets jsonb NOT NULL DEFAULT '{}'::jsonb,
  group_by text[] NOT NULL,
  group_wait_ms bigint NOT NULL,
  group_interval_ms bigint NOT NULL,
  repeat_ms bigint NOT NULL,
  sends_resolved boolean NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT alert_receivers_pkey PRIMARY KEY (id),
  CONSTRAINT alert_receivers_tenant_id_name_key UNIQUE (tenant_id, name),
  CONSTRAINT alert_receivers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT alert_receivers_group_interval_ms_check CHECK ((group_interval_ms > 0)),
  CONSTRAINT alert_receivers_group_wait_ms_check CHECK ((group_wait_ms >= 0)),
  CONSTRAINT alert_receivers_kind_check CHECK ((kind = ANY (ARRAY['slack'::text, 'pagerduty'::text, 'webhook'::text, 'email'::text, 'gateway'::text]))),
  CONSTRAINT alert_receivers_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT alert_receivers_repeat_ms_check CHECK ((repeat_ms > 0)),
  CONSTRAINT alert_receivers_secrets_check CHECK ((jsonb_typeof(secrets) = 'object'::text)),
  CONSTRAINT alert_receivers_settings_check CHECK ((jsonb_typeof(settings) = 'object'::text))
);
COMMENT ON TABLE alert_receivers IS 'Where notifications go.';
COMMENT ON COLUMN alert_receivers.settings IS 'What may be shown.';
COMMENT ON COLUMN alert_receivers.secrets IS 'Addresses with tokens, keys, passwords: read by the delivery alone, in no answer, log or error.';

CREATE TABLE alert_rule_receivers (
  rule_id bigint NOT NULL,
  receiver_id bigint NOT NULL,
  CONSTRAINT alert_rule_receivers_pkey PRIMARY KEY (rule_id, receiver_id),
  CONSTRAINT alert_rule_receivers_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES alert_receivers(id) ON DELETE CASCADE,
  CONSTRAINT alert_rule_receivers_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES alert_rules(id) ON DELETE CASCADE
);
CREATE INDEX alert_rule_receivers_receiver ON public.alert_rule_receivers USING btree (receiver_id);

CREATE TABLE alert_rules (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  name text NOT NULL,
  origin text NOT NULL,
  slo_id bigint,
  condition jsonb NOT NULL,
  severity text NOT NULL,
  for_ms bigint NOT NULL,
  keep_firing_ms bigint NOT NULL,
  missing_data text NOT NULL,
  labels jsonb NOT NULL,
  summary text,
  runbook_url text,
  is_enabled boolean NOT NULL DEFAULT true,
  version bigint NOT NULL DEFAULT 1,
  condition_since timestamp with time zone NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT alert_rules_pkey PRIMARY KEY (id),
  CONSTRAINT alert_rules_tenant_id_name_key UNIQUE (tenant_id, name),
  CONSTRAINT alert_rules_slo_id_fkey FOREIGN KEY (slo_id) REFERENCES alert_slos(id) ON DELETE CASCADE,
  CONSTRAINT alert_rules_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT alert_rules_check CHECK (((origin = 'slo'::text) = (slo_id IS NOT NULL))),
  CONSTRAINT alert_rules_condition_check CHECK ((jsonb_typeof(condition) = 'object'::text)),
  CONSTRAINT alert_rules_for_ms_check CHECK ((for_ms >= 0)),
  CONSTRAINT alert_rules_keep_firing_ms_check CHECK ((keep_firing_ms >= 0)),
  CONSTRAINT alert_rules_labels_check CHECK ((jsonb_typeof(labels) = 'object'::text)),
  CONSTRAINT alert_rules_missing_data_check CHECK ((missing_data = ANY (ARRAY['ok'::text, 'keep'::text, 'no-data'::text, 'fire'::text]))),
  CONSTRAINT alert_rules_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT alert_rules_origin_check CHECK ((origin = ANY (ARRAY['built-in'::text, 'user'::text, 'slo'::text]))),
  CONSTRAINT alert_rules_runbook_url_check CHECK ((length(runbook_url) <= 2000)),
  CONSTRAINT alert_rules_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'info'::text]))),
  CONSTRAINT alert_rules_summary_check CHECK ((length(summary) <= 500))
);
CREATE INDEX alert_rules_own ON public.alert_rules USING btree (id) WHERE ((condition #>> '{source,from}'::text[]) = 'own'::text);
CREATE INDEX alert_rules_slo ON public.alert_rules USING btree (slo_id) WHERE (slo_id IS NOT NULL);
COMMENT ON TABLE alert_rules IS 'One row per rule. Built-in rules belong to the tenant default; they may be changed and disabled, not deleted.';
COMMENT ON COLUMN alert_rules.condition IS 'What is measured and when it is bad: Condition in src/alerting/model/condition.ts.';
COMMENT ON COLUMN alert_rules.condition_since IS 'When the condition was changed last: the hold time of what is pending begins anew then.';

CREATE TABLE alert_signals (
  instance_id text NOT NULL,
  reported_at timestamp with time zone NOT NULL,
  signals jsonb NOT NULL,
  CONSTRAINT alert_signals_pkey PRIMARY KEY (instance_id)
);
COMMENT ON TABLE alert_signals IS 'What each instance measures of itself and a rule asks for. reported_at is the database''s clock.';

CREATE TABLE alert_silences (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  matchers jsonb NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  comment text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT alert_silences_pkey PRIMARY KEY (id),
  CONSTRAINT alert_silences_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT alert_silences_check CHECK ((ends_at > starts_at)),
  CONSTRAINT alert_silences_comment_check CHECK ((length(comment) <= 500)),
  CONSTRAINT alert_silences_matchers_check CHECK ((jsonb_typeof(matchers) = 'array'::text))
);
CREATE INDEX alert_silences_tenant ON public.alert_silences USING btree (tenant_id, ends_at);
COMMENT ON TABLE alert_silences IS 'While one matches, nothing is told of an alert; its state goes on.';

CREATE TABLE alert_slos (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  name text NOT NULL,
  indicator jsonb NOT NULL,
  objective double precision NOT NULL,
  window_ms bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT alert_slos_pkey PRIMARY KEY (id),
  CONSTRAINT alert_slos_tenant_id_name_key UNIQUE (tenant_id, name),
  CONSTRAINT alert_slos_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT alert_slos_indicator_check CHECK ((jsonb_typeof(indicator) = 'object'::text)),
  CONSTRAINT alert_slos_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT alert_slos_objective_check CHECK (((objective > (0)::double precision) AND (objective < (1)::double precision))),
  CONSTRAINT alert_slos_window_ms_check CHECK ((window_ms > 0))
);
COMMENT ON TABLE alert_slos IS 'Service level objectives: the share of events that are to be good over a rolling window.';

CREATE TABLE alert_transitions (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  rule_id bigint NOT NULL,
  fingerprint text NOT NULL,
  at timestamp with time zone NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  alert jsonb NOT NULL,
  CONSTRAINT alert_transitions_pkey PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX alert_transitions_alert ON ONLY public.alert_transitions USING btree (rule_id, fingerprint, at);
CREATE INDEX alert_transitions_tenant ON ONLY public.alert_transitions USING btree (tenant_id, id DESC);
COMMENT ON TABLE alert_transitions IS 'History: one row per change of state. Partitioned by time; outlives rules and receivers.';
COMMENT ON COLUMN alert_transitions.alert IS 'AlertSnapshot in src/alerting/model/alert.ts, as of the change.';

CREATE TABLE api_keys (
  id text NOT NULL,
  sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  role text NOT NULL,
  name text NOT NULL,
  origin text NOT NULL,
  secret_hash bytea NOT NULL,
  created_by text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT api_keys_id_check CHECK ((id ~ '^[A-Za-z0-9.-]{1,64}$'::text)),
  CONSTRAINT api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT api_keys_origin_check CHECK ((origin = ANY (ARRAY['api'::text, 'env'::text, 'generated'::text]))),
  CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'editor'::text, 'admin'::text, 'collector'::text]))),
  CONSTRAINT api_keys_secret_hash_check CHECK ((length(secret_hash) = 32))
);
CREATE UNIQUE INDEX api_keys_tenant_sequence ON public.api_keys USING btree (tenant_id, sequence);
COMMENT ON TABLE api_keys IS 'One row per API key plim_<id>_<secret>. Keys are revoked, never deleted: the audit trail names them.';
COMMENT ON COLUMN api_keys.sequence IS 'Order of creation, for paging.';
COMMENT ON COLUMN api_keys.origin IS 'api = POST /api/keys or /api/tenants, env = PLIMSOLL_ADMIN_KEY, generated = at the first start.';
COMMENT ON COLUMN api_keys.secret_hash IS 'SHA-256 of the secret part, which is random: it needs no slow hash.';
COMMENT ON COLUMN api_keys.created_by IS 'Id of the key that asked for it; null when the process did.';
COMMENT ON COLUMN api_keys.last_used_at IS 'Exact to about a minute.';

CREATE TABLE audit_entries (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  actor text,
  action text NOT NULL,
  subject text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}'::jsonb,
  request_id text,
  at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT audit_entries_pkey PRIMARY KEY (id),
  CONSTRAINT audit_entries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT audit_entries_action_check CHECK (((length(action) >= 1) AND (length(action) <= 100))),
  CONSTRAINT audit_entries_details_check CHECK ((jsonb_typeof(details) = 'object'::text)),
  CONSTRAINT audit_entries_request_id_check CHECK ((length(request_id) <= 128)),
  CONSTRAINT audit_entries_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 300)))
);
CREATE INDEX audit_entries_tenant_id ON public.audit_entries USING btree (tenant_id, id DESC);
CREATE TRIGGER audit_entries_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE audit_entries IS 'One row per change that matters, written in the transaction of the change. Append-only.';
COMMENT ON COLUMN audit_entries.actor IS 'Id of the API key that did it; null when the process did.';

CREATE TABLE batch_audit (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  job_id bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  details jsonb NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT batch_audit_pkey PRIMARY KEY (id)
);
CREATE INDEX batch_audit_tenant_id_id ON public.batch_audit USING btree (tenant_id, id);
CREATE TRIGGER batch_audit_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.batch_audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE batch_dead_letters (
  job_id bigint NOT NULL,
  record bigint NOT NULL,
  sql_state text NOT NULL,
  constraint_name text,
  column_name text,
  reason text NOT NULL,
  payload jsonb NOT NULL,
  CONSTRAINT batch_dead_letters_pkey PRIMARY KEY (job_id, record),
  CONSTRAINT batch_dead_letters_job_id_fkey FOREIGN KEY (job_id) REFERENCES batch_jobs(id) ON DELETE CASCADE
);
COMMENT ON TABLE batch_dead_letters IS 'Records that the database refused, with the reason; record counts from 1.';

CREATE TABLE batch_inputs (
  job_id bigint NOT NULL,
  first_row bigint NOT NULL,
  row_count integer NOT NULL,
  body bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT batch_inputs_pkey PRIMARY KEY (job_id, first_row),
  CONSTRAINT batch_inputs_job_id_fkey FOREIGN KEY (job_id) REFERENCES batch_jobs(id) ON DELETE CASCADE,
  CONSTRAINT batch_inputs_row_count_check CHECK ((row_count > 0))
);
COMMENT ON COLUMN batch_inputs.body IS 'A row a record: the tenant, then the columns of the job.';

CREATE TABLE batch_jobs (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  operation text NOT NULL,
  target text NOT NULL,
  options jsonb NOT NULL,
  priority integer NOT NULL,
  state text NOT NULL,
  created_by text NOT NULL,
  idempotency_key text,
  digest bytea,
  total bigint,
  failure jsonb,
  created_at timestamp with time zone NOT NULL,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  CONSTRAINT batch_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT batch_jobs_tenant_id_idempotency_key_key UNIQUE (tenant_id, idempotency_key),
  CONSTRAINT batch_jobs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT batch_jobs_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255))),
  CONSTRAINT batch_jobs_operation_check CHECK ((operation = ANY (ARRAY['CREATE'::text, 'UPDATE'::text, 'DELETE'::text, 'UPSERT'::text, 'MIGRATE'::text, 'ARCHIVE'::text, 'PURGE'::text]))),
  CONSTRAINT batch_jobs_priority_check CHECK (((priority >= '-100'::integer) AND (priority <= 100))),
  CONSTRAINT batch_jobs_state_check CHECK ((state = ANY (ARRAY['receiving'::text, 'queued'::text, 'running'::text, 'paused'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))),
  CONSTRAINT batch_jobs_target_check CHECK (((length(target) >= 1) AND (length(target) <= 100)))
);
CREATE INDEX batch_jobs_tenant_id_id ON public.batch_jobs USING btree (tenant_id, id DESC);
CREATE INDEX batch_jobs_waiting ON public.batch_jobs USING btree (priority DESC, id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
COMMENT ON TABLE batch_jobs IS 'One row per batch job. A job in state receiving has an upload that is not complete.';

CREATE TABLE batch_partitions (
  job_id bigint NOT NULL,
  part integer NOT NULL,
  state text NOT NULL DEFAULT 'pending'::text,
  cursor text NOT NULL DEFAULT ''::text,
  upper_bound text NOT NULL DEFAULT ''::text,
  owner text,
  lease_until timestamp with time zone,
  not_before timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  attempts integer NOT NULL DEFAULT 0,
  chunks bigint NOT NULL DEFAULT 0,
  processed bigint NOT NULL DEFAULT 0,
  written bigint NOT NULL DEFAULT 0,
  bad bigint NOT NULL DEFAULT 0,
  chunk_ms double precision[] NOT NULL DEFAULT '{}'::double precision[],
  CONSTRAINT batch_partitions_pkey PRIMARY KEY (job_id, part),
  CONSTRAINT batch_partitions_job_id_fkey FOREIGN KEY (job_id) REFERENCES batch_jobs(id) ON DELETE CASCADE,
  CONSTRAINT batch_partitions_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text])))
) WITH (fillfactor=50);
CREATE INDEX batch_partitions_pending ON public.batch_partitions USING btree (job_id, part) WHERE (state = 'pending'::text);
COMMENT ON COLUMN batch_partitions.chunk_ms IS 'How long the latest chunks took, newest last.';

CREATE TABLE dashboards (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  name text NOT NULL,
  owner text NOT NULL,
  sharing text NOT NULL,
  sections jsonb NOT NULL,
  filters jsonb NOT NULL,
  time_range jsonb NOT NULL,
  layout_id bigint,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  CONSTRAINT dashboards_pkey PRIMARY KEY (id),
  CONSTRAINT dashboards_layout_id_fkey FOREIGN KEY (layout_id) REFERENCES layouts(id) ON DELETE SET NULL,
  CONSTRAINT dashboards_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT dashboards_filters_check CHECK ((jsonb_typeof(filters) = 'object'::text)),
  CONSTRAINT dashboards_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT dashboards_sections_check CHECK ((jsonb_typeof(sections) = 'array'::text)),
  CONSTRAINT dashboards_sharing_check CHECK ((sharing = ANY (ARRAY['private'::text, 'read'::text, 'edit'::text]))),
  CONSTRAINT dashboards_time_range_check CHECK ((jsonb_typeof(time_range) = 'object'::text))
);
CREATE INDEX dashboards_deleted ON public.dashboards USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX dashboards_layout ON public.dashboards USING btree (layout_id) WHERE (layout_id IS NOT NULL);
CREATE UNIQUE INDEX dashboards_owner_name ON public.dashboards USING btree (tenant_id, owner, name) WHERE (deleted_at IS NULL);
CREATE INDEX dashboards_tenant ON public.dashboards USING btree (tenant_id, id) WHERE (deleted_at IS NULL);
COMMENT ON TABLE dashboards IS 'Saved dashboards. owner is the id of the key that made it; sharing is inside the tenant.';

CREATE TABLE ingest_requests (
  tenant_id bigint NOT NULL,
  endpoint text NOT NULL,
  idempotency_key text NOT NULL,
  accepted_count bigint NOT NULL,
  digest bytea NOT NULL,
  is_complete boolean NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT ingest_requests_pkey PRIMARY KEY (tenant_id, endpoint, idempotency_key),
  CONSTRAINT ingest_requests_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT ingest_requests_accepted_count_check CHECK ((accepted_count >= 0)),
  CONSTRAINT ingest_requests_idempotency_key_check CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255)))
);
CREATE INDEX ingest_requests_updated_at ON public.ingest_requests USING btree (updated_at);
COMMENT ON TABLE ingest_requests IS 'Progress of each request that carried an Idempotency-Key, written in the transaction of its events. digest is the SHA-256 of the body up to the last accepted event.';

CREATE TABLE layout_operations (
  layout_id bigint NOT NULL,
  number bigint NOT NULL,
  actor text NOT NULL,
  kind text NOT NULL,
  changes jsonb NOT NULL,
  layout_version bigint NOT NULL,
  takes_back bigint,
  taken_back_by bigint,
  at timestamp with time zone NOT NULL,
  bytes integer NOT NULL GENERATED ALWAYS AS (octet_length((changes)::text)) STORED,
  CONSTRAINT layout_operations_pkey PRIMARY KEY (layout_id, number),
  CONSTRAINT layout_operations_layout_id_fkey FOREIGN KEY (layout_id) REFERENCES layouts(id) ON DELETE CASCADE,
  CONSTRAINT layout_operations_changes_check CHECK ((jsonb_typeof(changes) = 'array'::text)),
  CONSTRAINT layout_operations_kind_check CHECK ((kind = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text, 'bulk'::text, 'import'::text, 'undo'::text, 'redo'::text])))
);
CREATE INDEX layout_operations_actor ON public.layout_operations USING btree (layout_id, actor, number DESC);
CREATE INDEX layout_operations_at ON public.layout_operations USING btree (at);
COMMENT ON TABLE layout_operations IS 'What was done to the regions of a layout, numbered per layout: history, undo and redo, and what collaborators are told.';
COMMENT ON COLUMN layout_operations.changes IS '[{regionId, before, after}]: before or after is null when the region was not there.';
COMMENT ON COLUMN layout_operations.takes_back IS 'Of an undo or redo: the number of what it takes back.';
COMMENT ON COLUMN layout_operations.bytes IS 'Of the changes as text: how much is read at once is known before it is read.';

CREATE TABLE layout_regions (
  id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  layout_id bigint NOT NULL,
  tenant_id bigint NOT NULL,
  x integer NOT NULL,
  y integer NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  title text NOT NULL,
  kind text NOT NULL,
  content jsonb NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  deleted_at timestamp with time zone,
  words tsvector NOT NULL GENERATED ALWAYS AS (((to_tsvector('simple'::regconfig, title) || to_tsvector('simple'::regconfig, kind)) || jsonb_to_tsvector('simple'::regconfig, content, '["string", "numeric"]'::jsonb))) STORED,
  CONSTRAINT layout_regions_pkey PRIMARY KEY (id),
  CONSTRAINT layout_regions_layout_id_fkey FOREIGN KEY (layout_id) REFERENCES layouts(id) ON DELETE CASCADE,
  CONSTRAINT layout_regions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT layout_regions_overlap EXCLUDE USING gist (int8range(layout_id, layout_id, '[]'::text) WITH &&, box(point((((x)::numeric + 0.25))::double precision, (((y)::numeric + 0.25))::double precision), point(((((x + width))::numeric - 0.25))::double precision, ((((y + height))::numeric - 0.25))::double precision)) WITH &&) WHERE ((deleted_at IS NULL)) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT layout_regions_content_check CHECK ((jsonb_typeof(content) = 'object'::text)),
  CONSTRAINT layout_regions_height_check CHECK ((height > 0)),
  CONSTRAINT layout_regions_kind_check CHECK (((length(kind) >= 1) AND (length(kind) <= 50))),
  CONSTRAINT layout_regions_title_check CHECK ((length(title) <= 200)),
  CONSTRAINT layout_regions_width_check CHECK ((width > 0)),
  CONSTRAINT layout_regions_x_check CHECK ((x >= 0)),
  CONSTRAINT layout_regions_y_check CHECK ((y >= 0))
);
CREATE INDEX layout_regions_deleted ON public.layout_regions USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX layout_regions_kind ON public.layout_regions USING btree (tenant_id, kind, id) WHERE (deleted_at IS NULL);
CREATE INDEX layout_regions_layout ON public.layout_regions USING btree (layout_id, deleted_at, id);
CREATE INDEX layout_regions_tenant ON public.layout_regions USING btree (tenant_id, id) WHERE (deleted_at IS NULL);
CREATE INDEX layout_regions_words ON public.layout_regions USING gin (tenant_words(tenant_id, words)) WITH (fastupdate=off);
COMMENT ON TABLE layout_regions IS 'Regions of layouts. Deleted ones stay for a while, for undo.';
COMMENT ON COLUMN layout_regions.words IS 'What is searched: title, kind, and the texts and numbers of the content.';

CREATE TABLE layouts (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  name text NOT NULL,
  grid_columns integer NOT NULL,
  grid_rows integer NOT NULL,
  last_operation bigint NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  CONSTRAINT layouts_pkey PRIMARY KEY (id),
  CONSTRAINT layouts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT layouts_grid_columns_check CHECK (((grid_columns >= 1) AND (grid_columns <= 1000))),
  CONSTRAINT layouts_grid_rows_check CHECK (((grid_rows >= 1) AND (grid_rows <= 100000))),
  CONSTRAINT layouts_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);
CREATE INDEX layouts_deleted ON public.layouts USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX layouts_tenant ON public.layouts USING btree (tenant_id, id) WHERE (deleted_at IS NULL);
CREATE UNIQUE INDEX layouts_tenant_name ON public.layouts USING btree (tenant_id, name) WHERE (deleted_at IS NULL);
COMMENT ON TABLE layouts IS 'One row per layout; the row is the lock of all changes to its regions.';
COMMENT ON COLUMN layouts.last_operation IS 'Number of the latest operation: they are numbered without gaps.';
COMMENT ON COLUMN layouts.version IS 'Rises with each change of the layout or of a region in it.';

CREATE TABLE lock_backends (
  identity text NOT NULL,
  first_used_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT lock_backends_pkey PRIMARY KEY (identity)
);

CREATE TABLE lock_fences (
  resource text NOT NULL,
  fence bigint NOT NULL,
  claimed_at timestamp with time zone NOT NULL,
  CONSTRAINT lock_fences_pkey PRIMARY KEY (resource)
);
CREATE INDEX lock_fences_claimed_at_idx ON public.lock_fences USING btree (claimed_at);

CREATE TABLE lock_instances (
  instance_id text NOT NULL,
  identity text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT lock_instances_pkey PRIMARY KEY (instance_id)
);

CREATE TABLE lock_waiters (
  claim_id text NOT NULL,
  resource text NOT NULL,
  owner_id text NOT NULL,
  ticket bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT lock_waiters_pkey PRIMARY KEY (claim_id)
);
CREATE INDEX lock_waiters_owner_id_idx ON public.lock_waiters USING btree (owner_id);
CREATE INDEX lock_waiters_resource_idx ON public.lock_waiters USING btree (resource, ticket);

CREATE TABLE locks (
  resource text NOT NULL,
  claim text NOT NULL,
  owner_id text NOT NULL,
  token bigint NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT locks_pkey PRIMARY KEY (resource)
);

CREATE TABLE performance_points (
  resolution_minutes smallint NOT NULL,
  sampled_at timestamp with time zone NOT NULL,
  instance_id text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  series jsonb NOT NULL,
  CONSTRAINT performance_points_pkey PRIMARY KEY (expires_at, resolution_minutes, sampled_at, instance_id),
  CONSTRAINT performance_points_check CHECK ((expires_at > sampled_at)),
  CONSTRAINT performance_points_resolution_minutes_check CHECK ((resolution_minutes = ANY (ARRAY[1, 5, 60])))
) PARTITION BY RANGE (expires_at);
COMMENT ON TABLE performance_points IS 'Per instance and step: {"name": [mean, least, greatest, samples]}. sampled_at is the begin of the step.';

CREATE TABLE query_baselines (
  fingerprint text NOT NULL,
  hour timestamp with time zone NOT NULL,
  calls bigint NOT NULL,
  rows bigint NOT NULL,
  total_ms double precision NOT NULL,
  durations bytea NOT NULL,
  plan text,
  plan_rows double precision,
  CONSTRAINT query_baselines_pkey PRIMARY KEY (fingerprint, hour),
  CONSTRAINT query_baselines_calls_check CHECK ((calls > 0)),
  CONSTRAINT query_baselines_fingerprint_check CHECK (((length(fingerprint) >= 1) AND (length(fingerprint) <= 40))),
  CONSTRAINT query_baselines_hour_check CHECK ((((EXTRACT(epoch FROM hour))::bigint % (3600)::bigint) = 0)),
  CONSTRAINT query_baselines_rows_check CHECK ((rows >= 0)),
  CONSTRAINT query_baselines_total_ms_check CHECK ((total_ms >= (0)::double precision))
);
CREATE INDEX query_baselines_hour ON public.query_baselines USING btree (hour);
COMMENT ON TABLE query_baselines IS 'One row per statement and UTC hour. Times in ms; durations is a sketch in the byte form of src/kernel/quantile-sketch.ts; plan is the last known shape of the generic plan, plan_rows what it expects to read.';

CREATE TABLE raw_horizon (
  is_single boolean NOT NULL DEFAULT true,
  complete_from timestamp with time zone NOT NULL,
  CONSTRAINT raw_horizon_pkey PRIMARY KEY (is_single),
  CONSTRAINT raw_horizon_is_single_check CHECK (is_single)
);
COMMENT ON TABLE raw_horizon IS 'One row: raw rows are complete from this instant on; older ones have been dropped.';

CREATE TABLE rollup_marks (
  series_id integer NOT NULL,
  hour timestamp with time zone NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);
COMMENT ON TABLE rollup_marks IS 'Series and UTC hours whose raw rows changed since their last rollup; readers use raw rows there.';

CREATE TABLE scheduler_leases (
  job text NOT NULL,
  owner text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT scheduler_leases_pkey PRIMARY KEY (job),
  CONSTRAINT scheduler_leases_job_check CHECK (((length(job) >= 1) AND (length(job) <= 100))),
  CONSTRAINT scheduler_leases_owner_check CHECK (((length(owner) >= 1) AND (length(owner) <= 100)))
);
COMMENT ON TABLE scheduler_leases IS 'One row per leader-only job that has a leader: the owning instance and its deadline.';

CREATE TABLE scheduler_metrics (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  job_name text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  duration_ms double precision NOT NULL,
  success boolean NOT NULL,
  items_processed integer,
  error_message text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT scheduler_metrics_pkey PRIMARY KEY (id),
  CONSTRAINT scheduler_metrics_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT scheduler_metrics_duration_ms_check CHECK (((duration_ms = (0)::double precision) OR ((duration_ms >= (0.000000001)::double precision) AND (duration_ms <= ('1000000000000'::numeric)::double precision)))),
  CONSTRAINT scheduler_metrics_error_message_check CHECK ((length(error_message) <= 2000)),
  CONSTRAINT scheduler_metrics_items_processed_check CHECK ((items_processed >= 0)),
  CONSTRAINT scheduler_metrics_job_name_check CHECK (((length(job_name) >= 1) AND (length(job_name) <= 200)))
);
CREATE INDEX scheduler_metrics_job_started_at ON public.scheduler_metrics USING btree (tenant_id, job_name, started_at DESC) INCLUDE (duration_ms, success, items_processed);
CREATE INDEX scheduler_metrics_started_at_brin ON public.scheduler_metrics USING brin (started_at);
CREATE INDEX scheduler_metrics_tenant_id_id ON public.scheduler_metrics USING btree (tenant_id, id);
COMMENT ON TABLE scheduler_metrics IS 'One row per run of a collector''s scheduled job. Durations in ms.';

CREATE TABLE scheduler_metrics_archive (
  id bigint NOT NULL,
  tenant_id bigint NOT NULL,
  job_name text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  duration_ms double precision NOT NULL,
  success boolean NOT NULL,
  items_processed integer,
  error_message text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  archived_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT scheduler_metrics_archive_pkey PRIMARY KEY (id)
);

CREATE TABLE schema_migrations (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (name)
);

CREATE TABLE scraper_daily_summary (
  series_id integer NOT NULL,
  day timestamp with time zone NOT NULL,
  event_count bigint NOT NULL,
  success_count bigint NOT NULL,
  total_items bigint NOT NULL,
  duration_count bigint NOT NULL,
  sum_ms double precision NOT NULL,
  sum_squares_ms2 double precision NOT NULL,
  min_ms double precision,
  max_ms double precision,
  sketch bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT scraper_daily_summary_pkey PRIMARY KEY (series_id, day),
  CONSTRAINT scraper_daily_summary_series_id_fkey FOREIGN KEY (series_id) REFERENCES scraper_series(id),
  CONSTRAINT scraper_daily_summary_day_check CHECK ((day = date_bin('1 day'::interval, day, '1970-01-01 00:00:00+00'::timestamp with time zone))),
  CONSTRAINT scraper_daily_summary_event_count_check CHECK ((event_count > 0))
) WITH (toast_tuple_target=8160);
CREATE INDEX scraper_daily_summary_day_brin ON public.scraper_daily_summary USING brin (day);
COMMENT ON TABLE scraper_daily_summary IS 'One row per series and UTC day that has events; columns as in scraper_metrics_hourly.';
COMMENT ON COLUMN scraper_daily_summary.sketch IS 'As in scraper_metrics_hourly, but packed: bucket 32767, byte length int4, then varints; see QuantileSketch.';

CREATE TABLE scraper_metrics_hourly (
  series_id integer NOT NULL,
  hour timestamp with time zone NOT NULL,
  event_count bigint NOT NULL,
  success_count bigint NOT NULL,
  total_items bigint NOT NULL,
  duration_count bigint NOT NULL,
  sum_ms double precision NOT NULL,
  sum_squares_ms2 double precision NOT NULL,
  min_ms double precision,
  max_ms double precision,
  sketch bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT scraper_metrics_hourly_pkey PRIMARY KEY (series_id, hour),
  CONSTRAINT scraper_metrics_hourly_series_id_fkey FOREIGN KEY (series_id) REFERENCES scraper_series(id),
  CONSTRAINT scraper_metrics_hourly_event_count_check CHECK ((event_count > 0)),
  CONSTRAINT scraper_metrics_hourly_hour_check CHECK ((hour = date_bin('01:00:00'::interval, hour, '1970-01-01 00:00:00+00'::timestamp with time zone)))
) WITH (toast_tuple_target=8160);
CREATE INDEX scraper_metrics_hourly_hour_brin ON public.scraper_metrics_hourly USING brin (hour);
COMMENT ON TABLE scraper_metrics_hourly IS 'One row per series and UTC hour that has events.';
COMMENT ON COLUMN scraper_metrics_hourly.sketch IS 'Pairs (duration_bucket int2, count int4), big-endian; concatenation merges sketches. Read inline and uncompressed.';

CREATE TABLE scraper_page_performance (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY (CACHE 100),
  created_at timestamp with time zone NOT NULL,
  navigation_duration_ms double precision,
  scrape_duration_ms double precision,
  duration_ms double precision GENERATED ALWAYS AS (
CASE
    WHEN is_navigation THEN COALESCE(navigation_duration_ms, scrape_duration_ms)
    ELSE COALESCE(scrape_duration_ms, navigation_duration_ms)
END) STORED,
  series_id integer NOT NULL,
  items_extracted integer,
  is_navigation boolean NOT NULL,
  success boolean NOT NULL,
  CONSTRAINT scraper_page_performance_pkey PRIMARY KEY (series_id, created_at, id) INCLUDE (duration_ms, items_extracted, success),
  CONSTRAINT scraper_page_performance_items_extracted_check CHECK ((items_extracted >= 0)),
  CONSTRAINT scraper_page_performance_navigation_duration_ms_check CHECK (((navigation_duration_ms = (0)::double precision) OR ((navigation_duration_ms >= (0.000000001)::double precision) AND (navigation_duration_ms <= ('1000000000000'::numeric)::double precision)))),
  CONSTRAINT scraper_page_performance_scrape_duration_ms_check CHECK (((scrape_duration_ms = (0)::double precision) OR ((scrape_duration_ms >= (0.000000001)::double precision) AND (scrape_duration_ms <= ('1000000000000'::numeric)::double precision))))
) PARTITION BY RANGE (created_at);
CREATE INDEX scraper_page_performance_created_at_brin ON ONLY public.scraper_page_performance USING brin (created_at);
CREATE TRIGGER scraper_page_performance_deleted AFTER DELETE ON public.scraper_page_performance REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_rows();
CREATE TRIGGER scraper_page_performance_inserted AFTER INSERT ON public.scraper_page_performance REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_rows();
CREATE TRIGGER scraper_page_performance_updated AFTER UPDATE ON public.scraper_page_performance REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_rows();
COMMENT ON TABLE scraper_page_performance IS 'One row per collector event, partitioned by UTC month. Durations in ms; duration_ms is the one that counts.';

CREATE TABLE scraper_series (
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id bigint NOT NULL,
  scraper_source text NOT NULL,
  metric_type text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT scraper_series_pkey PRIMARY KEY (id),
  CONSTRAINT scraper_series_tenant_id_scraper_source_metric_type_key UNIQUE (tenant_id, scraper_source, metric_type),
  CONSTRAINT scraper_series_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT scraper_series_metric_type_check CHECK (((length(metric_type) >= 1) AND (length(metric_type) <= 200))),
  CONSTRAINT scraper_series_scraper_source_check CHECK (((length(scraper_source) >= 1) AND (length(scraper_source) <= 200)))
);
COMMENT ON TABLE scraper_series IS 'One row per tenant, scraper source and metric type. Never deleted: processes cache the ids.';

CREATE TABLE tenants (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  slug text NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT tenants_pkey PRIMARY KEY (id),
  CONSTRAINT tenants_slug_key UNIQUE (slug),
  CONSTRAINT tenants_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  CONSTRAINT tenants_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text))
);
COMMENT ON TABLE tenants IS 'One row per tenant. The row is also the lock of all changes to its admin keys.';
