-- Which ClickHouse nodes a lease is on: two scopes that share one exclude each other.
ALTER TABLE async_migrations.lease ADD COLUMN nodes text[] NOT NULL DEFAULT '{}';

-- What an operation runs for, one item after the other: listed once, so that whoever goes on with it sees the same list.
CREATE TABLE async_migrations.item (
  namespace text NOT NULL,
  name      text NOT NULL,
  run_id    text NOT NULL,
  sequence  text NOT NULL,
  number    int NOT NULL,
  columns   text[] NOT NULL,
  PRIMARY KEY (namespace, name, run_id, sequence, number)
);
