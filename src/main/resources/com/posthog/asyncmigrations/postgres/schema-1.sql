-- What this database is called in leases and intents. A copy restored elsewhere keeps the name.
CREATE TABLE async_migrations.database_identity (
  sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
  id   uuid NOT NULL
);

-- gen_random_uuid() is newer than PostgreSQL 12.
INSERT INTO async_migrations.database_identity (id)
VALUES (md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text)::uuid);

-- Who may change what a scope stands for. All times are by this server's clock.
CREATE TABLE async_migrations.lease (
  scope      text PRIMARY KEY,
  holder     text NOT NULL,
  migration  text NOT NULL,
  token      bigint NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Plans are stored once, under their hash.
CREATE TABLE async_migrations.plan (
  hash text PRIMARY KEY,
  body jsonb NOT NULL
);

-- The ledger: what is remembered of each migration, without its plan.
CREATE TABLE async_migrations.migration (
  namespace  text NOT NULL,
  name       text NOT NULL,
  migration  text NOT NULL,
  revision   bigint NOT NULL,
  run_id     text,
  plan_hash  text REFERENCES async_migrations.plan,
  state      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (namespace, name, migration)
);

-- The transactional statements that have committed. Each inserts its row in its own transaction.
CREATE TABLE async_migrations.step (
  effect_id text PRIMARY KEY,
  run_id    text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- All errors of all runs; the newest ten are in the state as well.
CREATE TABLE async_migrations.error (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace text NOT NULL,
  name      text NOT NULL,
  run_id    text NOT NULL,
  at        timestamptz NOT NULL,
  operation text NOT NULL,
  reason    text NOT NULL,
  message   text NOT NULL
);

CREATE INDEX error_of_run ON async_migrations.error (namespace, name, run_id);

-- A transactional statement begins: it is refused if it has committed before, or if its run has moved on. While another
-- transaction with the same effect is open, it waits for that one's end.
CREATE FUNCTION async_migrations.begin_step(
  of_namespace text, of_name text, of_migration text, effect text, run text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- The statement goes on when its client has gone, so nothing may be sent to the client, or asked of it, before the end.
  PERFORM set_config('client_min_messages', 'error', true);
  IF current_setting('server_version_num')::int >= 140000 THEN
    PERFORM set_config('client_connection_check_interval', '0', true);
  END IF;
  -- The operation has a timeout of its own.
  PERFORM set_config('statement_timeout', '0', true);

  INSERT INTO async_migrations.step (effect_id, run_id) VALUES (effect, run) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'step % has committed before', effect USING ERRCODE = 'AM002';
  END IF;
  PERFORM 1 FROM async_migrations.migration m
    WHERE m.namespace = of_namespace AND m.name = of_name AND m.migration = of_migration
      AND m.state #>> '{run,intent,effectId}' = effect;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the run has moved on, and step % must not begin', effect USING ERRCODE = 'AM001';
  END IF;
END $$;

-- A transactional statement is about to commit: only if its run still waits for it. The lock is taken as late as this
-- because the ledger must stay writable while the statement runs; it keeps the ledger from moving on until the commit.
CREATE FUNCTION async_migrations.end_step(
  of_namespace text, of_name text, of_migration text, effect text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM async_migrations.migration m
    WHERE m.namespace = of_namespace AND m.name = of_name AND m.migration = of_migration
      AND m.state #>> '{run,intent,effectId}' = effect
    FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the run has moved on, and step % must not commit', effect USING ERRCODE = 'AM001';
  END IF;
END $$;

-- What the operator last wrote into PostHog's own row of a migration, in the same transaction: the row is the operator's
-- for as long as it says this.
CREATE TABLE async_migrations.posthog_row (
  migration  text PRIMARY KEY,
  occasion   text NOT NULL,
  status     smallint NOT NULL,
  query_id   text NOT NULL,
  last_error bigint NOT NULL DEFAULT 0
);
