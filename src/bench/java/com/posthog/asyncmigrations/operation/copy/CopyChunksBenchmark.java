package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a chunk costs beside its rows, as there are more of them: they are as small as chunks can
 * be, so that the ledger, the scratch table, the verification and the publishing are all that is
 * seen.
 */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyChunksBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final int MOST = Integer.getInteger("bench.chunks", 10_000);
  private static final long GRANULE = 8192;

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final Figures figures = new Figures();

  CopyChunksBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
  }

  @Test
  void fromTenToTenThousand() {
    for (int chunks = 10; chunks <= MOST; chunks *= 10) {
      fill(chunks * GRANULE);
      int times = chunks < 10_000 ? TIMES : 1;
      for (int i = 0; i < times; i++) {
        copy(chunks);
      }
    }
    System.out.println("\n" + figures.table());
  }

  private void fill(long rows) {
    database.run("DROP TABLE IF EXISTS t SYNC");
    database.run("CREATE TABLE t (k UInt64, v UInt64) ENGINE MergeTree ORDER BY k");
    database.run(
        "INSERT INTO t SELECT number, cityHash64(number) FROM numbers(%d)".formatted(rows));
    database.run("OPTIMIZE TABLE t FINAL");
  }

  private void copy(int chunks) {
    String of = ", of %,d".formatted(chunks);
    database.run("DROP TABLE IF EXISTS n SYNC");
    database.run("CREATE TABLE n (k UInt64, v UInt64) ENGINE MergeTree ORDER BY v");
    try (Mover mover = new Mover(database, postgres)) {
      long began = System.nanoTime();
      mover.startCopy(Mover.live("t", "n", GRANULE));
      EffectView end = mover.end(Duration.ofHours(1));
      double all = (System.nanoTime() - began) / 1e9;
      assertThat(((EffectView.Finished) end).rows()).isEqualTo(chunks * GRANULE);
      List<Chunk> done = mover.chunks();
      assertThat(done).hasSize(chunks);
      double inserting = done.stream().mapToDouble(c -> Works.of(c).insertSeconds()).sum();
      double verifying = done.stream().mapToDouble(c -> Works.of(c).verifySeconds()).sum();
      figures.add("one chunk, from start to end of the copy" + of, "ms", 1e3 * all / done.size());
      figures.add("INSERT of one chunk" + of, "ms", 1e3 * inserting / done.size());
      figures.add("verification of one chunk" + of, "ms", 1e3 * verifying / done.size());
    }
  }
}
