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
import java.util.List;
import java.util.Optional;

/** The marks of one migration's steps: a try of a step goes on where the last one was. */
public final class Marks {
  private static final String OF_STEP =
      " WHERE namespace = ? AND name = ? AND run_id = ? AND sequence = ? AND step = ?";

  private final MigrationKey key;
  private final RunWaits run;

  /** Those of this migration. */
  public Marks(MigrationKey key) {
    this.key = key;
    run = new RunWaits(key);
  }

  /** The mark of an intent's step, if it has begun. */
  public Optional<Mark> read(Connection connection, Intent intent) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT bound, after, expected, passed, changed, batches, size, node, sending,"
                + " query_id, until_ms FROM async_migrations.mark"
                + OF_STEP)) {
      bind(statement, 1, intent);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Mark(
                    texts(row, 1),
                    texts(row, 2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getInt(7),
                    row.getString(8),
                    sending(texts(row, 9), row.getString(10), row.getLong(11))))
            : Optional.empty();
      }
    }
  }

  /**
   * Writes the first mark of a step, and removes those of earlier runs. The caller commits.
   *
   * @throws ProblemException when the run does not wait for the step any more
   */
  public void begin(Connection connection, Intent intent, Mark mark) throws SQLException {
    run.require(connection, intent.effectId());
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM async_migrations.mark WHERE namespace = ? AND name = ? AND run_id <> ?")) {
      statement.setString(1, key.namespace());
      statement.setString(2, key.name());
      statement.setString(3, runId(intent));
      statement.executeUpdate();
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO async_migrations.mark"
                + " (namespace, name, run_id, sequence, step, bound, expected, size, node)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      bind(statement, 1, intent);
      statement.setArray(6, connection.createArrayOf("text", mark.bound().toArray()));
      statement.setLong(7, mark.expected());
      statement.setInt(8, mark.size());
      statement.setString(9, mark.node());
      statement.executeUpdate();
    }
  }

  /**
   * Writes what follows on a mark; where the batch is one of this database, in its transaction. The
   * caller commits.
   *
   * @throws ProblemException when the run does not wait for the step any more, or somebody else has
   *     written meanwhile
   */
  public void advance(Connection connection, Intent intent, Mark before, Mark next)
      throws SQLException {
    run.require(connection, intent.effectId());
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE async_migrations.mark SET after = ?, passed = ?, changed = ?, batches = ?,"
                + " size = ?, sending = ?, query_id = ?, until_ms = ?,"
                + " updated_at = clock_timestamp()"
                + OF_STEP
                + " AND batches = ? AND until_ms = ?")) {
      statement.setArray(1, connection.createArrayOf("text", next.after().toArray()));
      statement.setLong(2, next.passed());
      statement.setLong(3, next.changed());
      statement.setLong(4, next.batches());
      statement.setInt(5, next.size());
      List<String> to = next.sending().map(Mark.Sending::to).orElse(List.of());
      statement.setArray(6, connection.createArrayOf("text", to.toArray()));
      statement.setString(7, next.sending().map(Mark.Sending::queryId).orElse(""));
      statement.setLong(8, next.sending().map(Mark.Sending::untilMillis).orElse(0L));
      bind(statement, 9, intent);
      statement.setLong(14, before.batches());
      statement.setLong(15, before.sending().map(Mark.Sending::untilMillis).orElse(0L));
      if (statement.executeUpdate() != 1) {
        throw new ProblemException(
            new Problem(
                Reason.StatementFailed,
                "somebody else is at work on step %s, after its batch %d"
                    .formatted(intent.effectId(), before.batches())));
      }
    }
  }

  private void bind(PreparedStatement statement, int first, Intent intent) throws SQLException {
    statement.setString(first, key.namespace());
    statement.setString(first + 1, key.name());
    statement.setString(first + 2, runId(intent));
    statement.setString(first + 3, intent.position().sequence());
    statement.setInt(first + 4, intent.position().step());
  }

  private static Optional<Mark.Sending> sending(List<String> to, String queryId, long untilMillis) {
    return to.isEmpty()
        ? Optional.empty()
        : Optional.of(new Mark.Sending(to, queryId, untilMillis));
  }

  private static String runId(Intent intent) {
    return StepName.of(intent.effectId()).runId();
  }

  private static List<String> texts(ResultSet row, int column) throws SQLException {
    return List.of((String[]) row.getArray(column).getArray());
  }
}
