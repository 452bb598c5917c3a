package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.plan.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A query of somebody else's that must not write, with values bound to its parameters.
 *
 * @param sql with its parameters as {@code {name:type}}
 * @param parameters the value of each
 * @param most how many rows are read; what is over that is left on the server
 */
public record BoundQuery(String sql, Map<String, String> parameters, int most) {
  /**
   * Its rows as text, NULL as the word. The connection is read-only from then on, and in a
   * transaction that the caller ends.
   *
   * @param limit how long the server may take; zero: as long as it takes
   */
  public List<List<String>> rows(Connection connection, Duration limit) throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    try (Statement settings = connection.createStatement()) {
      settings.execute("SET LOCAL statement_timeout = " + limit.toMillis());
    }
    try (PreparedStatement statement = connection.prepareStatement(SqlText.positional(sql))) {
      List<String> names = SqlText.postgresParameters(sql);
      for (int i = 0; i < names.size(); i++) {
        statement.setString(i + 1, parameters.get(names.get(i)));
      }
      statement.setMaxRows(most);
      List<List<String>> rows = new ArrayList<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(row(result));
        }
      }
      return rows;
    }
  }

  private static List<String> row(ResultSet result) throws SQLException {
    List<String> row = new ArrayList<>();
    for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
      String value = result.getString(column);
      row.add(value == null ? "NULL" : value);
    }
    return row;
  }
}
