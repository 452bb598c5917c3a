package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.plan.SqlText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.postgres.StepName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is sent to PostgreSQL for a statement, as prepared texts with their values.
 *
 * @param parts sent one after the other; the driver sends all of one in one go
 */
public record PostgresText(List<Part> parts) {
  /** The SQLSTATE of {@code begin_step} for a step that has committed before. */
  static final String COMMITTED_BEFORE = "AM002";

  /** One text with the values of its placeholders. */
  public record Part(String sql, List<String> values) {}

  /**
   * The statement with its ledger row, in one transaction. The transaction is begun and committed
   * in so many words: an implicit one would let a procedure, or a statement that commits by itself,
   * part the row from the data.
   */
  static PostgresText transactional(
      Step.PostgresStatement step, MigrationKey key, String effectId) {
    StringBuilder sql =
        new StringBuilder(
            """
            BEGIN ISOLATION LEVEL READ COMMITTED;
            SELECT async_migrations.begin_step(?, ?, ?, ?, ?);
            """);
    List<String> values = new ArrayList<>(step(key, effectId));
    values.add(StepName.of(effectId).runId());
    step.settings()
        .forEach(
            (name, value) -> {
              sql.append("SELECT set_config(?, ?, true);\n");
              values.add(name);
              values.add(value);
            });
    sql.append(SqlText.positional(step.sql())).append("\n;\n"); // it may end in a comment
    values.addAll(values(step.sql(), step.parameters()));
    sql.append("SELECT async_migrations.end_step(?, ?, ?, ?);\nCOMMIT");
    values.addAll(step(key, effectId));
    return new PostgresText(List.of(new Part(sql.toString(), values)));
  }

  /** The statement outside any transaction, after its settings. */
  static PostgresText alone(Step.PostgresStatement step) {
    List<Part> parts = new ArrayList<>();
    parts.add(
        setting(
            "client_min_messages",
            "error")); // a message to a client that is gone ends the statement
    parts.add(setting("statement_timeout", "0")); // the operation has one of its own
    step.settings().forEach((name, value) -> parts.add(setting(name, value)));
    parts.add(new Part(SqlText.positional(step.sql()), values(step.sql(), step.parameters())));
    return new PostgresText(parts);
  }

  /** One text, in a transaction that the caller ends. */
  public static PostgresText bound(String sql, Map<String, String> parameters) {
    return new PostgresText(List.of(new Part(SqlText.positional(sql), values(sql, parameters))));
  }

  /** Sends it, and tells how many rows it has changed. */
  public long execute(Connection connection) throws SQLException {
    long rows = 0;
    for (Part part : parts) {
      try (PreparedStatement statement = connection.prepareStatement(part.sql())) {
        for (int i = 0; i < part.values().size(); i++) {
          statement.setString(i + 1, part.values().get(i));
        }
        rows += rows(statement);
      }
    }
    return rows;
  }

  private static long rows(PreparedStatement statement) throws SQLException {
    long rows = 0;
    boolean resultSet = statement.execute();
    while (true) {
      if (!resultSet) {
        long updated = statement.getLargeUpdateCount();
        if (updated < 0) {
          return rows;
        }
        rows += updated;
      }
      resultSet = statement.getMoreResults();
    }
  }

  private static List<String> step(MigrationKey key, String effectId) {
    return List.of(key.namespace(), key.name(), key.migration(), effectId);
  }

  private static Part setting(String name, String value) {
    return new Part("SELECT set_config(?, ?, false)", List.of(name, value));
  }

  private static List<String> values(String sql, Map<String, String> parameters) {
    List<String> values = new ArrayList<>();
    for (String name : SqlText.postgresParameters(sql)) {
      String value = parameters.get(name);
      if (value == null) {
        throw new IllegalArgumentException("no value for parameter " + name);
      }
      values.add(value);
    }
    return values;
  }
}
