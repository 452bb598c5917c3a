package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * An exchange before which rows have arrived in many partitions. The baseline is a target whose
 * partitions are the same, but not by the same expression: there each partition is copied alone.
 */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyManyPartitionsBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final int PARTITIONS = 100;
  private static final TableCopy COPY = Mover.live("t", "n", 1_000_000);

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final Figures figures = new Figures();

  CopyManyPartitionsBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
  }

  @Test
  void rowsInAHundredOfThem() {
    for (int i = 0; i < TIMES; i++) {
      double alone = exchange("toDate(d)");
      double together = exchange("d");
      figures.add("the exchange, rows in 100 partitions, each copied alone", "s", alone);
      figures.add("the exchange, rows in 100 partitions, copied together", "s", together);
      figures.add("alone / together", "", alone / together);
    }
    System.out.println("\n" + figures.table());
  }

  private double exchange(String partitionKey) {
    database.dropTables();
    String columns =
        "CREATE TABLE %s (k UInt64, d Date) ENGINE MergeTree PARTITION BY %s ORDER BY k";
    database.run(columns.formatted("t", "d"));
    database.run(columns.formatted("n", partitionKey));
    arrive();
    try (Mover mover = new Mover(database, postgres)) {
      mover.startCopy(COPY);
      assertThat(mover.end(Duration.ofMinutes(5))).isInstanceOf(EffectView.Finished.class);
      arrive();
      long began = System.nanoTime();
      mover.startExchange(COPY, "backup");
      assertThat(mover.end(Duration.ofMinutes(5))).isInstanceOf(EffectView.Finished.class);
      return (System.nanoTime() - began) / 1e9;
    }
  }

  private void arrive() {
    database.run(
        "INSERT INTO t SELECT number, toDate('2024-01-01') + number %% %1$d FROM numbers(%1$d)"
            .formatted(PARTITIONS));
  }
}
