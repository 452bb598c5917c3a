package com.posthog.asyncmigrations.api;

/** The databases of an instance. */
public enum Database {
  /** The instance's ClickHouse. */
  ClickHouse,
  /** The instance's PostgreSQL. */
  PostgreSQL
}
