package com.posthog.asyncmigrations.posthog;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.mirror.PostHogRow;
import com.posthog.asyncmigrations.core.mirror.Reflection;
import com.posthog.asyncmigrations.core.mirror.Verdict;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes one row of PostHog's, its errors, and what was written: all of it in one transaction, so
 * that a crash leaves no doubt whose the row is, and no error is told twice.
 */
final class RowWriter {
  /** PostHog's row with what the operator wrote last: status, whether it still says that, id. */
  static final String ROW =
      """
      SELECT p.status, coalesce(p.celery_task_id = '' AND p.status = r.status
          AND p.current_query_id = r.query_id, false), p.id
      FROM posthog_asyncmigration p
      LEFT JOIN async_migrations.posthog_row r ON r.migration = p.name
      """;

  private final PostgresDatabase database;
  private final Clock clock;

  RowWriter(PostgresDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** What the operator wrote last for a row. */
  private record Last(String occasion, long error) {}

  private record Found(PostHogRow row, long id) {}

  static PostHogRow row(ResultSet row) throws SQLException {
    return new PostHogRow(row.getInt(1), row.getBoolean(2));
  }

  Verdict write(MigrationKey key, Reflection wanted, Recorded recorded, Definition definition) {
    return database.transact(
        connection -> {
          limitWaiting(connection);
          if (!isNewest(connection, key, recorded)) {
            return Verdict.WAIT;
          }
          Optional<Found> found = find(connection, key.migration());
          Optional<Last> last = last(connection, key.migration());
          Verdict verdict =
              Verdict.on(wanted, found.map(Found::row), last.map(RowWriter.Last::occasion));
          if (verdict == Verdict.WRITE) {
            long row =
                found.isPresent()
                    ? update(connection, found.get().id(), wanted)
                    : insert(connection, key.migration(), wanted, definition);
            long error = last.map(RowWriter.Last::error).orElse(0L);
            remember(connection, key, wanted, tell(connection, key, recorded, row, error));
            if (wanted.ownError().isPresent()) {
              tell(connection, row, wanted.ownError().get());
            }
          }
          return verdict;
        });
  }

  /** A row that PostHog holds locked is tried again rather than waited for. */
  private static void limitWaiting(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '2s'");
    }
  }

  /** Whether the record is still the newest. The lock keeps it so until the row is written. */
  private static boolean isNewest(Connection connection, MigrationKey key, Recorded recorded)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT revision FROM async_migrations.migration"
                + " WHERE namespace = ? AND name = ? AND migration = ? FOR SHARE")) {
      statement.setString(1, key.namespace());
      statement.setString(2, key.name());
      statement.setString(3, key.migration());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? row.getLong(1) == recorded.revision()
            : recorded.run().isEmpty(); // what had no run has no row
      }
    }
  }

  private static Optional<Found> find(Connection connection, String migration) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(ROW + " WHERE p.name = ? FOR UPDATE OF p")) {
      statement.setString(1, migration);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(new Found(row(row), row.getLong(3))) : Optional.empty();
      }
    }
  }

  private static Optional<Last> last(Connection connection, String migration) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT occasion, last_error FROM async_migrations.posthog_row"
                + " WHERE migration = ? FOR UPDATE")) {
      statement.setString(1, migration);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(new Last(row.getString(1), row.getLong(2)))
            : Optional.empty();
      }
    }
  }

  private long update(Connection connection, long id, Reflection wanted) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE posthog_asyncmigration SET status = ?, progress = ?, current_operation_index = ?,"
                + " current_query_id = ?, celery_task_id = '', started_at = coalesce(?, started_at),"
                + " finished_at = ? WHERE id = ?")) {
      bind(statement, wanted);
      statement.setLong(7, id);
      statement.executeUpdate();
      return id;
    }
  }

  private long insert(
      Connection connection, String migration, Reflection wanted, Definition definition)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO posthog_asyncmigration (status, progress, current_operation_index,"
                + " current_query_id, celery_task_id, started_at, finished_at, name, description,"
                + " posthog_min_version, posthog_max_version, parameters)"
                + " VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, '{}') RETURNING id")) {
      bind(statement, wanted);
      statement.setString(7, migration);
      statement.setString(8, definition.description().orElse(null));
      statement.setString(9, definition.minVersion().orElse(null));
      statement.setString(10, definition.maxVersion().orElse(null));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private void bind(PreparedStatement statement, Reflection wanted) throws SQLException {
    Optional<Instant> finished =
        wanted.finished()
            ? Optional.of(wanted.finishedAt().orElseGet(clock::instant))
            : Optional.empty();
    statement.setInt(1, wanted.status().number());
    statement.setInt(2, wanted.progress());
    statement.setInt(3, wanted.operationIndex());
    statement.setString(4, wanted.queryId());
    statement.setObject(5, time(wanted.startedAt()));
    statement.setObject(6, time(finished));
  }

  private static @Nullable OffsetDateTime time(Optional<Instant> instant) {
    return instant.map(i -> OffsetDateTime.ofInstant(i, ZoneOffset.UTC)).orElse(null);
  }

  /**
   * Tells the run's errors that were not told yet.
   *
   * @return the number of the last one that was
   */
  private static long tell(
      Connection connection, MigrationKey key, Recorded recorded, long row, long last)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            WITH untold AS (
              SELECT id, at, reason || ': ' ||
                CASE operation WHEN '' THEN '' ELSE 'operation ' || operation || ': ' END || message AS text
              FROM async_migrations.error
              WHERE namespace = ? AND name = ? AND run_id = ? AND id > ?
              ORDER BY id
            ), told AS (
              INSERT INTO posthog_asyncmigrationerror (created_at, description, async_migration_id)
              SELECT at, text, ? FROM untold
            )
            SELECT max(id) FROM untold
            """)) {
      statement.setString(1, key.namespace());
      statement.setString(2, key.name());
      statement.setString(3, recorded.run().map(Run::id).orElse(""));
      statement.setLong(4, last);
      statement.setLong(5, row);
      try (ResultSet newest = statement.executeQuery()) {
        newest.next();
        return Math.max(last, newest.getLong(1));
      }
    }
  }

  private void tell(Connection connection, long row, Problem problem) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO posthog_asyncmigrationerror (created_at, description, async_migration_id)"
                + " VALUES (?, ?, ?)")) {
      statement.setObject(1, time(Optional.of(clock.instant())));
      statement.setString(2, problem.reason() + ": " + problem.message());
      statement.setLong(3, row);
      statement.executeUpdate();
    }
  }

  private static void remember(
      Connection connection, MigrationKey key, Reflection wanted, long lastError)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO async_migrations.posthog_row VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (migration) DO UPDATE SET occasion = excluded.occasion,"
                + " status = excluded.status, query_id = excluded.query_id,"
                + " last_error = excluded.last_error")) {
      statement.setString(1, key.migration());
      statement.setString(2, wanted.occasion());
      statement.setInt(3, wanted.status().number());
      statement.setString(4, wanted.queryId());
      statement.setLong(5, lastError);
      statement.executeUpdate();
    }
  }
}
