-- A copy of a table on one shard: what it copies, how far it is, and what the source was like when it began.
CREATE TABLE async_migrations.copy (
  namespace text NOT NULL,
  name      text NOT NULL,
  run_id    text NOT NULL,
  target    text NOT NULL,
  shard     text NOT NULL,
  state     jsonb NOT NULL,
  PRIMARY KEY (namespace, name, run_id, target, shard)
);

-- Its pieces. Each is verified before it is published, and published once.
CREATE TABLE async_migrations.chunk (
  namespace text NOT NULL,
  name      text NOT NULL,
  run_id    text NOT NULL,
  target    text NOT NULL,
  shard     text NOT NULL,
  number    int NOT NULL,
  state     jsonb NOT NULL,
  PRIMARY KEY (namespace, name, run_id, target, shard, number)
);

-- How far the steps are that go through a table in batches, in the order of a key. A batch and its mark commit together.
CREATE TABLE async_migrations.mark (
  namespace  text NOT NULL,
  name       text NOT NULL,
  run_id     text NOT NULL,
  sequence   text NOT NULL,
  step       int NOT NULL,
  bound      text[] NOT NULL,             -- the greatest key when the step began; empty where there was no row
  after      text[] NOT NULL DEFAULT '{}', -- the greatest key that is done; empty before the first batch
  expected   bigint NOT NULL,             -- rows that the table was believed to have
  passed     bigint NOT NULL DEFAULT 0,   -- rows of the table that are done
  changed    bigint NOT NULL DEFAULT 0,   -- rows that the statement has changed
  batches    bigint NOT NULL DEFAULT 0,
  size       int NOT NULL,                -- rows of the last batch
  node       text NOT NULL DEFAULT '',    -- the ClickHouse server that the rows go to, by its identity
  sending    text[] NOT NULL DEFAULT '{}', -- the greatest key of a batch that may have been sent there
  query_id   text NOT NULL DEFAULT '',    -- under this id
  until_ms   bigint NOT NULL DEFAULT 0,   -- which has no effect if it begins after this, by that server's clock
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (namespace, name, run_id, sequence, step)
);
