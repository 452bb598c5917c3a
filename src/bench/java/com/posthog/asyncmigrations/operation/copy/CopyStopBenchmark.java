package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** From the wish to stop a copy until nothing of it runs on the server any more. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyStopBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final long ROWS = Math.min(5_000_000, Long.getLong("bench.rows", 5_000_000));

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final EventsTable events;
  private final Figures figures = new Figures();

  CopyStopBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
    events = new EventsTable(database);
  }

  @Test
  void ofACopyWhoseInsertsRun() {
    events.fill(ROWS, 1);
    for (int i = 0; i < TIMES * 2; i++) {
      events.create("n", "", EventsTable.NEW_KEY);
      try (Mover mover = new Mover(database, postgres)) {
        mover.startCopy(Mover.live("t", "n", ROWS / 2));
        until(() -> running() == 2);
        long began = System.nanoTime();
        mover.kill();
        until(() -> !(mover.observe() instanceof EffectView.Running));
        figures.add("from stop to known to be gone", "s", (System.nanoTime() - began) / 1e9);
        assertThat(running()).isZero();
      }
    }
    System.out.println("\n" + figures.table());
  }

  private long running() {
    return Long.parseLong(
        database.run(
            "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND match(query, '__am_')"
                + " AND written_rows > 0"));
  }

  private static void until(Callable<Boolean> so) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(so);
  }
}
