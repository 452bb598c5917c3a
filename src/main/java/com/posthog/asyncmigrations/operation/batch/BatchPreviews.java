package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.plan.SqlText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.ReadOnlyQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What steps that go through a table on PostgreSQL would do. Changes nothing. */
public final class BatchPreviews {
  private static final Duration LIMIT = Duration.ofSeconds(8);

  private static final String BASIS =
      "not estimated: rows are what PostgreSQL's planner believes, chunks the fewest batches; how long one takes shows when it runs";

  private final PostgresDatabase postgres;
  private final ClickHouseCluster cluster;

  /** On these databases. */
  public BatchPreviews(PostgresDatabase postgres, ClickHouseCluster cluster) {
    this.postgres = postgres;
    this.cluster = cluster;
  }

  /**
   * The rows that a statement goes through.
   *
   * @throws ProblemException when the table has no such key, or the server refuses the statement
   */
  public Movement look(Step.BatchUpdate step) {
    Movement moves = rows(step.table(), step.key(), step.how());
    new ReadOnlyQuery(postgres)
        .firstValue("EXPLAIN " + SqlText.forBatch(step.sql(), "(false)"), step.parameters(), LIMIT);
    return moves;
  }

  /**
   * The rows that would be copied to ClickHouse.
   *
   * @throws ProblemException when the table has no such key
   */
  public Movement look(Step.CopyFromPostgres step) {
    return rows(step.table(), step.key(), step.how());
  }

  /**
   * Refuses a table on ClickHouse that cannot be filled so that each row arrives once.
   *
   * @throws ProblemException for the first thing that is not as it must be
   */
  public void requireDestination(Step.CopyFromPostgres step) {
    String address = cluster.nodes().get(0).address().text();
    postgres.ask(
        connection -> {
          Keyset keyset = Keyset.of(connection, step.table(), step.key());
          CopiedTable source = CopiedTable.of(new BatchConnection(connection), keyset, step);
          try {
            return Destinations.of(cluster, address, step.into()).find(keyset, source.columns());
          } catch (Busy unanswered) {
            throw new ProblemException(unanswered.problem());
          }
        });
  }

  private Movement rows(String table, List<String> key, Step.Pace how) {
    return postgres.ask(
        connection -> {
          Keyset keyset = Keyset.of(connection, table, key);
          long rows = keyset.expected(connection);
          long batches = (rows + how.mostRows() - 1) / how.mostRows();
          return Movement.inPlace(rows, bytes(connection, keyset), 1, batches, BASIS);
        });
  }

  private static long bytes(Connection connection, Keyset keyset) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT coalesce(pg_table_size(to_regclass(?)), 0)")) {
      statement.setString(1, keyset.table());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  /** Whether PostgreSQL has a table of this name. */
  public boolean there(String table) {
    Optional<String> found =
        new ReadOnlyQuery(postgres)
            .firstValue(
                "SELECT to_regclass({name:text}) IS NOT NULL",
                Map.of("name", Keyset.quotedName(table)),
                LIMIT);
    return found.filter("t"::equals).isPresent();
  }
}
