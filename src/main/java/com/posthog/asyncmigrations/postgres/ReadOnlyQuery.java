package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.plan.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
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
    return database.ask(
        connection -> {
          connection.setReadOnly(true); // the pool resets both, and rolls back
          connection.setAutoCommit(false);
          try (Statement settings = connection.createStatement()) {
            settings.execute("SET LOCAL statement_timeout = " + limit.toMillis());
          }
          return first(connection, sql, parameters);
        });
  }

  private static Optional<String> first(
      Connection connection, String sql, Map<String, String> parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SqlText.positional(sql))) {
      List<String> names = SqlText.postgresParameters(sql);
      for (int i = 0; i < names.size(); i++) {
        statement.setString(i + 1, parameters.get(names.get(i)));
      }
      statement.setMaxRows(1);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next()
            ? Optional.of(Optional.ofNullable(rows.getString(1)).orElse("NULL"))
            : Optional.empty();
      }
    }
  }
}
