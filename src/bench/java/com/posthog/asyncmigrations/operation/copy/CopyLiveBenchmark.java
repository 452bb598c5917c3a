package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What those who use a table see of its copy and of the exchange. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyLiveBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final long ROWS = Math.min(10_000_000, Long.getLong("bench.rows", 10_000_000));

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final EventsTable events;
  private final Figures figures = new Figures();

  CopyLiveBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
    events = new EventsTable(database);
  }

  @Test
  void withInsertsAtASteadyRate() {
    for (int i = 0; i < TIMES; i++) {
      events.fill(ROWS, 4);
      events.create("n", "PARTITION BY toYYYYMM(timestamp)", EventsTable.NEW_KEY);
      database.run("DROP TABLE IF EXISTS backup SYNC");
      try (Mover mover = new Mover(database, postgres);
          SteadyClient client = new SteadyClient(database)) {
        copyAndExchange(mover, client);
      }
    }
    System.out.println("\n" + figures.table());
  }

  private void copyAndExchange(Mover mover, SteadyClient client) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> client.inserts() >= 20 * SteadyClient.BATCHES_A_SECOND);
    figures.add("95 of 100 INSERTs, before the copy", "ms", client.p95());
    TableCopy copy = Mover.live("t", "n", ROWS / 8);
    mover.startCopy(copy);
    assertThat(mover.end()).isInstanceOf(EffectView.Finished.class);
    figures.add("95 of 100 INSERTs, during the copy", "ms", client.p95());
    figures.add("rounds until little arrived", "", mover.state().round());
    long began = System.nanoTime();
    mover.startExchange(copy, "backup");
    assertThat(mover.end()).isInstanceOf(EffectView.Finished.class);
    figures.add("the exchange, from its start to its end", "s", (System.nanoTime() - began) / 1e9);
    client.stop();
    figures.add("readers missed rows for", "s", client.missing());
    assertThat(database.run("SELECT count() FROM t"))
        .isEqualTo(Long.toString(ROWS + client.rows()));
  }
}
