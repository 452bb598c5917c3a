package com.posthog.asyncmigrations.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** The complete reports of dry runs, the newest of each migration. */
public final class PlanReports {
  /** Less says little. */
  private static final double TELLING_SECONDS = 10;

  /** Of chunks that took long enough to tell. */
  private static final String RATE =
      """
      SELECT sum((state #>> '{copied,bytes}')::float8),
        sum((state #>> '{copied,work,insertSeconds}')::float8 + (state #>> '{copied,work,verifySeconds}')::float8)
      FROM async_migrations.chunk WHERE (state #>> '{copied,work,insertSeconds}')::float8 >= 1
      """;

  private static final String WRITE =
      """
      INSERT INTO async_migrations.plan_report (namespace, name, migration, plan_hash, made_at, report)
      VALUES (?, ?, ?, ?, ?::timestamptz, ?::jsonb)
      ON CONFLICT (namespace, name, migration) DO UPDATE
      SET plan_hash = excluded.plan_hash, made_at = excluded.made_at, report = excluded.report
      """;

  private final PostgresDatabase database;
  private final ObjectMapper json = RecordedJson.mapper();

  /** In this database. */
  public PlanReports(PostgresDatabase database) {
    this.database = database;
  }

  /** Keeps a report in the place of the one before it. */
  public void write(MigrationKey key, PlanReport report) {
    database.transact(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            statement.setString(1, key.namespace());
            statement.setString(2, key.name());
            statement.setString(3, key.migration());
            statement.setString(4, report.planHash());
            statement.setString(5, report.madeAt().toString());
            statement.setString(6, text(report));
            return statement.executeUpdate();
          }
        });
  }

  private String text(PlanReport report) {
    try {
      return json.writeValueAsString(report);
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /**
   * How many bytes on disk the copies of tables that are remembered here have brought over in a
   * second, one chunk at a time; absent: there were none, or they were too short to tell.
   */
  public Optional<Double> measuredRate() {
    return database.ask(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery(RATE)) {
            return row.next() ? rate(row) : Optional.<Double>empty();
          }
        });
  }

  private static Optional<Double> rate(ResultSet row) throws SQLException {
    double bytes = row.getDouble(1);
    double seconds = row.getDouble(2);
    return seconds >= TELLING_SECONDS ? Optional.of(bytes / seconds) : Optional.empty();
  }
}
