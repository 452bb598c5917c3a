package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Intent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The lists of items that operations run for. A list is written once, and read item by item. */
public final class Items {
  /** The longest list that an operation may run for. */
  public static final int MOST = 100_000;

  private final PostgresDatabase database;

  /** The lists in this database. */
  public Items(PostgresDatabase database) {
    this.database = database;
  }

  /**
   * Writes the list of a step that lists items, in the place of one that an earlier try of it has
   * written. What earlier runs of the migration have listed is removed.
   *
   * @param rows the values of each item, as text
   * @throws ProblemException when the run does not wait for that step any more
   */
  public void write(MigrationKey key, Intent intent, List<List<String>> rows) {
    StepName step = StepName.of(intent.effectId());
    String sequence = intent.position().sequence();
    int written =
        database.transact(
            connection -> {
              new RunWaits(key).require(connection, intent.effectId());
              remove(connection, key, step.runId(), sequence);
              return insert(connection, key, step.runId(), sequence, rows);
            });
    if (written != rows.size()) {
      throw new IllegalStateException("%d of %d items".formatted(written, rows.size()));
    }
  }

  /**
   * The values of one item, by the names of the list's columns.
   *
   * @throws ProblemException when it is not there any more
   */
  public Map<String, String> read(
      MigrationKey key, String runId, String sequence, int number, List<String> columns) {
    return database.ask(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT columns FROM async_migrations.item WHERE namespace = ? AND name = ?"
                      + " AND run_id = ? AND sequence = ? AND number = ?")) {
            bind(statement, key, runId, sequence);
            statement.setInt(5, number);
            try (ResultSet row = statement.executeQuery()) {
              if (!row.next()) {
                throw new ProblemException(
                    new Problem(
                        Reason.LedgerLost,
                        "item %d of %s is not in PostgreSQL any more".formatted(number, sequence)));
              }
              return named(columns, (String[]) row.getArray(1).getArray());
            }
          }
        });
  }

  private static Map<String, String> named(List<String> columns, String[] values) {
    Map<String, String> named = new LinkedHashMap<>();
    IntStream.range(0, columns.size()).forEach(i -> named.put(columns.get(i), values[i]));
    return named;
  }

  private static void remove(Connection connection, MigrationKey key, String runId, String sequence)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM async_migrations.item WHERE namespace = ? AND name = ?"
                + " AND (run_id <> ? OR sequence = ?)")) {
      bind(statement, key, runId, sequence);
      statement.executeUpdate();
    }
  }

  private static int insert(
      Connection connection,
      MigrationKey key,
      String runId,
      String sequence,
      List<List<String>> rows)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO async_migrations.item VALUES (?, ?, ?, ?, ?, ?)")) {
      for (int number = 0; number < rows.size(); number++) {
        bind(statement, key, runId, sequence);
        statement.setInt(5, number);
        statement.setArray(6, connection.createArrayOf("text", rows.get(number).toArray()));
        statement.addBatch();
      }
      return statement.executeBatch().length;
    }
  }

  private static void bind(
      PreparedStatement statement, MigrationKey key, String runId, String sequence)
      throws SQLException {
    statement.setString(1, key.namespace());
    statement.setString(2, key.name());
    statement.setString(3, runId);
    statement.setString(4, sequence);
  }
}
