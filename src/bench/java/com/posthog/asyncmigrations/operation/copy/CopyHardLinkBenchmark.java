package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A partition that is given to another table without a byte copied. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyHardLinkBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final long ROWS = 5_000_000;

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final EventsTable events;
  private final Figures figures = new Figures();

  CopyHardLinkBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
    events = new EventsTable(database);
  }

  @Test
  void ofFiveMillionRows() {
    events.fill(ROWS, 1);
    for (int i = 0; i < TIMES; i++) {
      events.create("n", "", EventsTable.OLD_KEY);
      try (Mover mover = new Mover(database, postgres)) {
        long began = System.nanoTime();
        mover.startCopy(Mover.hardLinks("t", "n"));
        EffectView end =
            Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(mover::observe, view -> !(view instanceof EffectView.Running));
        double all = (System.nanoTime() - began) / 1e6;
        assertThat(((EffectView.Finished) end).rows()).isEqualTo(ROWS);
        figures.add("the statement that links the partition", "ms", statement());
        figures.add("the whole step, with its checks and its ledger", "ms", all);
      }
    }
    System.out.println("\n" + figures.table());
  }

  private double statement() {
    database.run("SYSTEM FLUSH LOGS");
    return Double.parseDouble(
        database.run(
            "SELECT query_duration_ms FROM system.query_log WHERE type = 'QueryFinish' AND query_kind = 'Alter'"
                + " AND current_database = currentDatabase() AND position(query, 'PARTITION ID') > 0"
                + " ORDER BY event_time_microseconds DESC LIMIT 1"));
  }
}
