package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The memory that the server needs for a copy: that of its chunks, however large the table. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyMemoryBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final long CHUNK_ROWS = 2_500_000;
  private static final long FOR_A_STATEMENT = 2L << 30;
  private static final double MIB = 1 << 20;

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final EventsTable events;
  private final Figures figures = new Figures();

  CopyMemoryBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
    events = new EventsTable(database);
  }

  @Test
  void ofTablesOfSeveralSizes() {
    for (long rows : new long[] {5_000_000, 20_000_000, 50_000_000}) {
      events.fill(rows, 1);
      for (int i = 0; i < TIMES; i++) {
        events.create("n", "", EventsTable.NEW_KEY);
        copy(rows);
      }
    }
    System.out.println("\n" + figures.table());
  }

  private void copy(long rows) {
    String of = rows / 1_000_000 + " million rows";
    try (Mover mover = new Mover(database, postgres)) {
      mover.limit(new CopyLimits(2, Map.of("max_memory_usage", Long.toString(FOR_A_STATEMENT))));
      Memory before = memory();
      AtomicLong most = new AtomicLong();
      AtomicLong mostOfStatements = new AtomicLong();
      AtomicLong mostOfMerges = new AtomicLong();
      mover.startCopy(Mover.live("t", "n", CHUNK_ROWS));
      EffectView end =
          Awaitility.await()
              .atMost(Duration.ofMinutes(30))
              .pollInterval(Duration.ofMillis(50))
              .until(
                  () -> {
                    Memory now = memory();
                    most.accumulateAndGet(now.all() - before.all(), Math::max);
                    mostOfStatements.accumulateAndGet(now.statements(), Math::max);
                    mostOfMerges.accumulateAndGet(now.merges(), Math::max);
                    return mover.observe();
                  },
                  view -> !(view instanceof EffectView.Running));
      assertThat(((EffectView.Finished) end).rows()).isEqualTo(rows);
      figures.add("the server's memory above idle, at most, " + of, "MiB", most.get() / MIB);
      figures.add("of that its statements, at most, " + of, "MiB", mostOfStatements.get() / MIB);
      figures.add("of that its merges, at most, " + of, "MiB", mostOfMerges.get() / MIB);
      figures.add("memory of one INSERT, at most, " + of, "MiB", ofOneInsert(mover) / MIB);
    }
  }

  /**
   * Bytes that the server has taken.
   *
   * @param statements of these for the copy's statements, all together
   * @param merges of these for merges
   */
  private record Memory(long all, long statements, long merges) {}

  private Memory memory() {
    String[] found =
        database
            .run(
                "SELECT (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking'),"
                    + " (SELECT sum(memory_usage) FROM system.processes WHERE startsWith(query_id, '0001_events-')),"
                    + " (SELECT sum(memory_usage) FROM system.merges)")
            .split("\t", -1);
    return new Memory(Long.parseLong(found[0]), Long.parseLong(found[1]), Long.parseLong(found[2]));
  }

  private long ofOneInsert(Mover mover) {
    database.run("SYSTEM FLUSH LOGS");
    String ids = String.join("', '", mover.chunks().stream().map(Works::queryId).toList());
    return Long.parseLong(
        database.run(
            "SELECT max(memory_usage) FROM system.query_log WHERE type = 'QueryFinish' AND query_id IN ('%s')"
                .formatted(ids)));
  }
}
