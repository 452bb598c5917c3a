package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.MutationText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.preflight.Movement;
import java.util.List;
import java.util.Optional;

/** What a mutation would go through, by the index alone: no row is read for it. */
record MutationLook(Tables tables, Step.Mutate step, TableName table) {
  private static final String PARTS =
      """
      SELECT sum(rows), sum(bytes_on_disk), count() FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
      """;

  private static final String UNFINISHED =
      """
      SELECT mutation_id FROM system.mutations
      WHERE NOT is_done AND database = {database:String} AND table = {table:String}
      """;

  /** In the answer's order: database, table, parts, rows, marks. */
  private static final int ESTIMATED_PARTS = 2;

  private static final int ESTIMATED_ROWS = 3;

  void tell(Outlook outlook) {
    Optional<String> condition = new MutationText(step.command()).condition();
    long rows = 0;
    long bytes = 0;
    long parts = 0;
    for (String address : tables.onShards().shards()) {
      unfinished(address).ifPresent(outlook::problem);
      List<String> all = tables.cluster().ask(address, PARTS, table.parameters()).get(0);
      Estimate found =
          condition
              .map(where -> estimate(address, where))
              .orElseGet(() -> new Estimate(number(all, 0), number(all, 2)));
      long ofRows = number(all, 0);
      rows += found.rows();
      parts += found.parts();
      bytes += ofRows == 0 ? 0 : Math.round((double) number(all, 1) * found.rows() / ofRows);
    }
    outlook.moves(Movement.inPlace(rows, bytes, parts, 0, basis(condition)));
  }

  private static String basis(Optional<String> condition) {
    return condition.isPresent()
        ? "not estimated: rows and parts that the primary index cannot rule out, at most; partitions counts parts"
        : "not estimated: all rows and parts of the table; partitions counts parts";
  }

  /** Rows and parts. */
  private record Estimate(long rows, long parts) {}

  private Estimate estimate(String address, String condition) {
    List<List<String>> answer =
        tables
            .cluster()
            .ask(
                address,
                "EXPLAIN ESTIMATE SELECT * FROM %s WHERE %s".formatted(table.sql(), condition),
                step.parameters());
    long rows = answer.stream().mapToLong(row -> number(row, ESTIMATED_ROWS)).sum();
    long parts = answer.stream().mapToLong(row -> number(row, ESTIMATED_PARTS)).sum();
    return new Estimate(rows, parts);
  }

  private Optional<Problem> unfinished(String address) {
    return tables.cluster().ask(address, UNFINISHED, table.parameters()).stream()
        .findFirst()
        .map(
            row ->
                new Problem(
                    Reason.SourceKeepsChanging,
                    "mutation %s of %s on %s has not ended: this one would wait for it"
                        .formatted(row.get(0), table, address)));
  }

  private static long number(List<String> row, int column) {
    return Long.parseLong(row.get(column));
  }
}
