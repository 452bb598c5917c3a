package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.CopyState;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What arrived in a table during its exchange and was moved after it, so that both tables have it.
 */
final class LateRows {
  private static final String PROJECTIONS =
      "SELECT name FROM system.projections WHERE database = {database:String} AND table = {table:String}";

  private final CopyNode node;
  private final CopiedTable table;

  /** Of the table as it was. */
  LateRows(CopyNode node, CopiedTable table) {
    this.node = node;
    this.table = table;
  }

  /** Deletes those that were moved; what came later still is in this table only. */
  void delete(CopyState state) throws AnswerLost, CopyControl.Stopped {
    Source old = new Source(node, table);
    String late =
        "NOT (%s) AND %s"
            .formatted(
                Source.upTo(state.swap().orElseThrow().sourceUpTo()), Source.upTo(state.upTo()));
    Set<String> partitions = old.counts(late).keySet();
    if (partitions.isEmpty()) {
      return;
    }
    Optional<String> projection = projection(node, table.name());
    if (projection.isPresent()) {
      for (String partition : partitions) {
        rewriteWithout(partition, late, projection.get());
      }
    } else {
      node.run(
          "DELETE FROM %s WHERE %s".formatted(table.name().sql(), late),
          Map.of("lightweight_deletes_sync", "2"));
    }
    requireNone(old.count(late));
  }

  /**
   * Which parts have rows to delete the server asks their projections, which do not know
   * (ClickHouse 26.7): materializing one makes it rewrite all of them, with all projections. A
   * light DELETE would leave deleted rows in these.
   */
  private void rewriteWithout(String partition, String rows, String projection)
      throws AnswerLost, CopyControl.Stopped {
    node.run(
        "ALTER TABLE %s DELETE IN PARTITION ID '%s' WHERE %s, MATERIALIZE PROJECTION %s IN PARTITION ID '%2$s'"
            .formatted(table.name().sql(), partition, rows, projection),
        Map.of("mutations_sync", "2"));
  }

  /** One that a table has: late rows of it can only be deleted with it. */
  static Optional<String> projection(CopyNode node, TableName table) {
    return node.ask(PROJECTIONS, table.parameters()).stream()
        .findFirst()
        .map(row -> TableName.quoted(row.get(0)));
  }

  private void requireNone(long left) {
    if (left > 0) {
      throw new ProblemException(
          new Problem(
              Reason.Irreversible,
              "%d rows that both tables have could not be deleted in %s: it would have them twice"
                  .formatted(left, table.name())));
    }
  }
}
