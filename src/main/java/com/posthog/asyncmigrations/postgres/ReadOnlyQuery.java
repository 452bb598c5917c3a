package com.posthog.asyncmigrations.postgres;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A query of somebody else's that must not write, nor take long. */
public final class ReadOnlyQuery {
  private final PostgresDatabase database;

  /** On this database. */
  public ReadOnlyQuery(PostgresDatabase database) {
    this.database = database;
  }

  /**
   * The first value of its first row as text, NULL as {@code NULL}; empty where it finds no row.
   *
   * @param limit how long the server may take, less than the socket's own 10 s
   * @throws com.posthog.asyncmigrations.core.ProblemException when there is no answer
   */
  public Optional<String> firstValue(String sql, Map<String, String> parameters, Duration limit) {
    return database.ask( // the pool resets the connection, and rolls back
        connection ->
            new BoundQuery(sql, parameters, 1)
                .rows(connection, limit).stream().findFirst().map(row -> row.get(0)));
  }
}
