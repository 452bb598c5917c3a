-- What a dry run has found, complete: the newest of each migration. The status has as much of it as there is room for.
CREATE TABLE async_migrations.plan_report (
  namespace text NOT NULL,
  name      text NOT NULL,
  migration text NOT NULL,
  plan_hash text NOT NULL,
  made_at   timestamptz NOT NULL,
  report    jsonb NOT NULL,
  PRIMARY KEY (namespace, name, migration)
);
