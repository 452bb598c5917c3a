-- Which ClickHouse nodes a lease is on: two scopes that share one exclude each other.
ALTER TABLE async_migrations.lease ADD COLUMN nodes text[] NOT NULL DEFAULT '{}';
