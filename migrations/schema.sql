-- What the migrations make, read back from PostgreSQL. Generated: npm run generate
-- Names are relative to the schema that authEntities() is given.

CREATE TABLE accounts (
  id uuid NOT NULL,
  email text NOT NULL,
  email_key text NOT NULL,
  email_verified_at timestamp with time zone,
  display_name text,
  password_hash text,
  status text NOT NULL DEFAULT 'active'::text,
  security_epoch integer NOT NULL DEFAULT 1,
  authority_version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE assignments (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  role_id uuid NOT NULL,
  tenant_id uuid,
  valid_from timestamp with time zone,
  valid_until timestamp with time zone,
  reason text,
  created_by uuid,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE audit_events (
  id uuid NOT NULL,
  occurred_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  action text NOT NULL,
  outcome text NOT NULL,
  actor_id uuid,
  account_id uuid,
  session_id uuid,
  tenant_id uuid,
  target text,
  ip text,
  user_agent text,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}'::jsonb
) PARTITION BY RANGE (occurred_at);

CREATE TABLE bootstrap (
  step text NOT NULL,
  account_id uuid NOT NULL,
  completed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE catalogue (
  singleton boolean NOT NULL DEFAULT true,
  digest bytea NOT NULL,
  version integer NOT NULL DEFAULT 1
);

CREATE TABLE changes (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL,
  account_id uuid,
  session_id uuid,
  tenant_id uuid,
  epoch integer,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE clean_ups (
  name text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  removed integer NOT NULL DEFAULT 0
);

CREATE TABLE deliveries (
  id uuid NOT NULL,
  kind text NOT NULL,
  account_id uuid NOT NULL,
  recipient text,
  details jsonb NOT NULL DEFAULT '{}'::jsonb,
  status text NOT NULL DEFAULT 'pending'::text,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_error text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  settled_at timestamp with time zone
) WITH (fillfactor=70);

CREATE TABLE delivery_windows (
  account_id uuid NOT NULL,
  kind text NOT NULL,
  opened_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE guesses (
  key bytea NOT NULL,
  lane text NOT NULL,
  failures integer NOT NULL,
  next_at timestamp with time zone NOT NULL,
  window_ends_at timestamp with time zone,
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor=70);

CREATE TABLE role_parents (
  role_id uuid NOT NULL,
  parent_id uuid NOT NULL
);

CREATE TABLE role_permissions (
  role_id uuid NOT NULL,
  permission text NOT NULL
);

CREATE TABLE roles (
  id uuid NOT NULL,
  tenant_id uuid,
  name text NOT NULL,
  description text,
  origin text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE secret_uses (
  fingerprint text NOT NULL,
  first_used_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE sessions (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  tenant_id uuid,
  transport text NOT NULL,
  secret_digest bytea NOT NULL,
  counter integer NOT NULL DEFAULT 0,
  rotated_at timestamp with time zone,
  last_attempt uuid,
  account_epoch integer NOT NULL,
  session_version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  idle_expires_at timestamp with time zone NOT NULL,
  absolute_expires_at timestamp with time zone NOT NULL,
  amr text[] NOT NULL,
  auth_time timestamp with time zone NOT NULL,
  user_agent text,
  user_agent_digest bytea NOT NULL,
  ip text,
  revoked_at timestamp with time zone,
  revoked_reason text,
  active_role_ids uuid[],
  secret_nonce bytea,
  previous_digest bytea,
  previous_assurance jsonb,
  authority_version bigint
) WITH (fillfactor=80);

CREATE TABLE signing_keys (
  kid text NOT NULL,
  algorithm text NOT NULL,
  public_jwk jsonb,
  sealed_private_key bytea NOT NULL,
  status text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  activated_at timestamp with time zone,
  retired_at timestamp with time zone,
  activates_at timestamp with time zone
);

CREATE TABLE tenants (
  id uuid NOT NULL,
  key text NOT NULL,
  name text NOT NULL,
  status text NOT NULL DEFAULT 'active'::text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
);

ALTER TABLE accounts ADD CONSTRAINT accounts_email_key_key UNIQUE (email_key);

ALTER TABLE accounts ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE accounts ADD CONSTRAINT accounts_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text]));

ALTER TABLE assignments ADD CONSTRAINT assignments_account_id_role_id_tenant_id_key UNIQUE NULLS NOT DISTINCT (account_id, role_id, tenant_id);

ALTER TABLE assignments ADD CONSTRAINT assignments_check CHECK (valid_from < valid_until);

ALTER TABLE assignments ADD CONSTRAINT assignments_pkey PRIMARY KEY (id);

ALTER TABLE audit_events ADD CONSTRAINT audit_events_outcome_check CHECK (outcome = ANY (ARRAY['success'::text, 'failure'::text]));

ALTER TABLE audit_events ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id, occurred_at);

ALTER TABLE bootstrap ADD CONSTRAINT bootstrap_pkey PRIMARY KEY (step);

ALTER TABLE catalogue ADD CONSTRAINT catalogue_pkey PRIMARY KEY (singleton);

ALTER TABLE catalogue ADD CONSTRAINT catalogue_singleton_check CHECK (singleton);

ALTER TABLE changes ADD CONSTRAINT changes_kind_check CHECK (kind = ANY (ARRAY['session_revoked'::text, 'account_epoch'::text, 'authority'::text, 'keys'::text, 'session_version'::text]));

ALTER TABLE changes ADD CONSTRAINT changes_pkey PRIMARY KEY (id);

ALTER TABLE clean_ups ADD CONSTRAINT clean_ups_pkey PRIMARY KEY (name);

ALTER TABLE deliveries ADD CONSTRAINT deliveries_check CHECK (status = 'sent'::text OR recipient IS NOT NULL);

ALTER TABLE deliveries ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

ALTER TABLE deliveries ADD CONSTRAINT deliveries_status_check CHECK (status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text]));

ALTER TABLE delivery_windows ADD CONSTRAINT delivery_windows_pkey PRIMARY KEY (account_id, kind);

ALTER TABLE guesses ADD CONSTRAINT guesses_lane_check CHECK (lane = ANY (ARRAY['source'::text, 'unknown_device'::text, 'known_device'::text]));

ALTER TABLE guesses ADD CONSTRAINT guesses_pkey PRIMARY KEY (key, lane);

ALTER TABLE role_parents ADD CONSTRAINT role_parents_check CHECK (role_id <> parent_id);

ALTER TABLE role_parents ADD CONSTRAINT role_parents_pkey PRIMARY KEY (role_id, parent_id);

ALTER TABLE role_permissions ADD CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission);

ALTER TABLE roles ADD CONSTRAINT roles_origin_check CHECK (origin = ANY (ARRAY['code'::text, 'database'::text]));

ALTER TABLE roles ADD CONSTRAINT roles_pkey PRIMARY KEY (id);

ALTER TABLE roles ADD CONSTRAINT roles_tenant_id_name_key UNIQUE NULLS NOT DISTINCT (tenant_id, name);

ALTER TABLE secret_uses ADD CONSTRAINT secret_uses_fingerprint_check CHECK (fingerprint ~ '^[0-9a-f]{8}$'::text);

ALTER TABLE secret_uses ADD CONSTRAINT secret_uses_pkey PRIMARY KEY (fingerprint);

ALTER TABLE sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE sessions ADD CONSTRAINT sessions_transport_check CHECK (transport = ANY (ARRAY['cookie'::text, 'body'::text, 'session'::text]));

ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);

ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_status_check CHECK (status = ANY (ARRAY['next'::text, 'current'::text, 'retired'::text, 'revoked'::text]));

ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_times_check CHECK (
CASE status
    WHEN 'next'::text THEN activates_at IS NOT NULL
    WHEN 'current'::text THEN activated_at IS NOT NULL
    WHEN 'retired'::text THEN retired_at IS NOT NULL
    ELSE true
END);

ALTER TABLE tenants ADD CONSTRAINT tenants_key_key UNIQUE (key);

ALTER TABLE tenants ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

ALTER TABLE tenants ADD CONSTRAINT tenants_status_check CHECK (status = ANY (ARRAY['active'::text, 'disabled'::text]));

ALTER TABLE assignments ADD CONSTRAINT assignments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

ALTER TABLE assignments ADD CONSTRAINT assignments_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id) ON DELETE CASCADE;

ALTER TABLE assignments ADD CONSTRAINT assignments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id);

ALTER TABLE delivery_windows ADD CONSTRAINT delivery_windows_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

ALTER TABLE role_parents ADD CONSTRAINT role_parents_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES roles(id) ON DELETE RESTRICT;

ALTER TABLE role_parents ADD CONSTRAINT role_parents_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id) ON DELETE CASCADE;

ALTER TABLE role_permissions ADD CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id) ON DELETE CASCADE;

ALTER TABLE roles ADD CONSTRAINT roles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id);

ALTER TABLE sessions ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

ALTER TABLE sessions ADD CONSTRAINT sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id);

CREATE INDEX accounts_disabled ON accounts USING btree (id) WHERE status = 'disabled'::text;

CREATE INDEX accounts_email_key_prefix ON accounts USING btree (email_key text_pattern_ops);

CREATE INDEX assignments_role_id ON assignments USING btree (role_id, account_id);

CREATE INDEX assignments_tenant_id ON assignments USING btree (tenant_id, account_id) WHERE tenant_id IS NOT NULL;

CREATE INDEX audit_events_account_id ON audit_events USING btree (account_id, id);

CREATE INDEX audit_events_action ON audit_events USING btree (action, id);

CREATE INDEX audit_events_actor_id ON audit_events USING btree (actor_id, id) WHERE actor_id IS NOT NULL;

CREATE INDEX audit_events_grace ON audit_events USING btree (session_id) WHERE action = 'authn_token_grace'::text;

CREATE INDEX audit_events_target ON audit_events USING btree (target, id) WHERE target IS NOT NULL;

CREATE INDEX audit_events_tenant_id ON audit_events USING btree (tenant_id, id) WHERE tenant_id IS NOT NULL;

CREATE INDEX changes_created_at ON changes USING btree (created_at);

CREATE INDEX changes_xid ON changes USING btree (xid);

CREATE INDEX deliveries_due_at ON deliveries USING btree (due_at) WHERE status = 'pending'::text;

CREATE INDEX deliveries_settled_at ON deliveries USING btree (settled_at) WHERE settled_at IS NOT NULL;

CREATE INDEX role_parents_parent_id ON role_parents USING btree (parent_id);

CREATE INDEX role_permissions_permission ON role_permissions USING btree (permission);

CREATE INDEX roles_name_key ON roles USING btree (lower(name));

CREATE INDEX sessions_absolute_expires_at ON sessions USING btree (absolute_expires_at);

CREATE INDEX sessions_account_id ON sessions USING btree (account_id);

CREATE INDEX sessions_previous_digest ON sessions USING btree (previous_digest) WHERE previous_digest IS NOT NULL;

CREATE UNIQUE INDEX sessions_secret_digest ON sessions USING btree (secret_digest) WHERE transport = 'session'::text;

CREATE UNIQUE INDEX signing_keys_one_current ON signing_keys USING btree (status) WHERE status = 'current'::text;

CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys USING btree (status) WHERE status = 'next'::text;

CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT;

CREATE OR REPLACE FUNCTION notify_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      PERFORM pg_notify(TG_TABLE_SCHEMA || '_changes', '');
      RETURN NULL;
    END $function$;

CREATE TRIGGER notify_change AFTER INSERT ON changes FOR EACH ROW EXECUTE FUNCTION notify_change();
