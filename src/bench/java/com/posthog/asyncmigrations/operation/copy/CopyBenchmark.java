package com.posthog.asyncmigrations.operation.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.Figures;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyLimits;
import com.posthog.asyncmigrations.core.copy.InsertShape;
import com.posthog.asyncmigrations.core.copy.Tuning;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How fast tables are copied, beside what the machine could do at best and what PostHog did. It
 * asserts that the right things were measured, and nothing of how long they took.
 */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class CopyBenchmark {
  private static final int TIMES = Integer.getInteger("bench.times", 5);
  private static final long ROWS = Long.getLong("bench.rows", 20_000_000);
  private static final String BY_MONTH = "PARTITION BY toYYYYMM(timestamp)";

  /** What a copy sets too, so that the baseline does the same work. */
  private static final String LIKE_A_COPY =
      "optimize_on_insert = 0, insert_deduplicate = 0, async_insert = 0";

  private final TestDatabase database;
  private final SharedPostgres.Fresh postgres;
  private final EventsTable events;
  private final Figures figures = new Figures();

  CopyBenchmark(TestDatabase database, SharedPostgres.Fresh postgres) {
    this.database = database;
    this.postgres = postgres;
    events = new EventsTable(database);
  }

  @Test
  void againstTheFloorAndAgainstPostHog() {
    for (int partitions : new int[] {4, 1}) {
      String layout = partitions == 1 ? "one partition" : partitions + " partitions";
      String partitionBy = partitions == 1 ? "" : BY_MONTH;
      events.fill(ROWS, partitions);
      for (int i = 0; i < TIMES; i++) {
        double floor = floor(partitions, partitionBy, true);
        figures.add("floor, " + layout, "s", floor);
        figures.add(
            "floor without fsync / floor, " + layout,
            "",
            floor(partitions, partitionBy, false) / floor);
        Copied alone = copied(partitionBy, 1);
        figures.add("copy alone / floor, " + layout, "", alone.inserting() / floor);
        figures.add("CPU of the copy alone, for a million rows, " + layout, "s", alone.cpu());
        figures.add(
            "copy and verification one after the other / floor, " + layout,
            "",
            alone.all() / floor);
        Copied both = copied(partitionBy, 2);
        figures.add("copy and verification / floor, " + layout, "", both.all() / floor);
        if (partitions > 1) {
          postHog(both.all());
        }
      }
    }
    System.out.println("\n" + figures.table());
  }

  /**
   * The fastest of a small grid, for a quarter of the rows; of merges nothing is to be seen.
   *
   * @param onDisk whether an INSERT ends when its rows are on the disk, as those of a copy do
   */
  private double floor(int partitions, String partitionBy, boolean onDisk) {
    String quarter = partitions == 1 ? "cityHash64(uuid) % 4 = 0" : "_partition_id = '202401'";
    String slice = partitions == 1 ? "team_id IN (0, 1)" : quarter;
    long rows = Long.parseLong(database.run("SELECT count() FROM t WHERE " + slice));
    double best = Double.MAX_VALUE;
    for (InsertShape shape : Tuning.grid(cores())) {
      events.create("n", partitionBy, EventsTable.NEW_KEY);
      database.run("SYSTEM STOP MERGES n");
      database.run("ALTER TABLE n MODIFY SETTING fsync_after_insert = " + (onDisk ? 1 : 0));
      quiet();
      double took =
          seconds(
              "INSERT INTO n SELECT * FROM t WHERE %s SETTINGS %s, %s"
                  .formatted(slice, LIKE_A_COPY, text(shape)));
      best = Math.min(best, took);
    }
    return best * ROWS / rows;
  }

  /**
   * A copy.
   *
   * @param all seconds, from start to end
   * @param inserting seconds of its INSERTs
   * @param cpu seconds of processor that these took, for a million rows
   */
  private record Copied(double all, double inserting, double cpu) {}

  private Copied copied(String partitionBy, int chunksAtOnce) {
    events.create("n", partitionBy, EventsTable.NEW_KEY);
    quiet();
    try (Mover mover = new Mover(database, postgres)) {
      mover.limit(new CopyLimits(chunksAtOnce, Map.of()));
      TableCopy copy = Mover.live("t", "n", ROWS / 4);
      long began = System.nanoTime();
      mover.startCopy(copy);
      assertThat(mover.rowsAtEnd()).isEqualTo(ROWS);
      double all = since(began);
      return new Copied(
          all,
          mover.chunks().stream().mapToDouble(c -> Works.of(c).insertSeconds()).sum(),
          cpu(mover.chunks()));
    }
  }

  private double cpu(List<Chunk> chunks) {
    database.run("SYSTEM FLUSH LOGS");
    String ids = String.join("', '", chunks.stream().map(c -> Works.of(c).queryId()).toList());
    return Double.parseDouble(
            database.run(
                """
                SELECT sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1e6
                FROM system.query_log WHERE type = 'QueryFinish' AND query_id IN ('%s')
                """
                    .formatted(ids)))
        / ROWS
        * 1e6;
  }

  /**
   * As 0002_events_sample_by: one INSERT for each partition, the swap, then a merge of everything.
   */
  private void postHog(double ours) {
    events.create("n", BY_MONTH, EventsTable.NEW_KEY);
    quiet();
    long began = System.nanoTime();
    for (String month :
        database.run("SELECT DISTINCT _partition_id FROM t ORDER BY 1").lines().toList()) {
      database.run("INSERT INTO n SELECT * FROM t WHERE toYYYYMM(timestamp) = " + month);
    }
    double swapped = since(began);
    database.run("OPTIMIZE TABLE n FINAL");
    figures.add("PostHog's way to the swap / ours", "", swapped / ours);
    figures.add("PostHog's way to its end / ours", "", since(began) / ours);
  }

  /** What was written before is on the disk, so that nobody waits for it in another's time. */
  private static void quiet() {
    try {
      assertThat(new ProcessBuilder("sync").start().waitFor()).isZero();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private double seconds(String sql) {
    long began = System.nanoTime();
    database.run(sql);
    return since(began);
  }

  private static double since(long began) {
    return (System.nanoTime() - began) / 1e9;
  }

  private int cores() {
    return Integer.parseInt(database.run("SELECT getSetting('max_threads')"));
  }

  private static String text(InsertShape shape) {
    Map<String, String> settings = new HashMap<>(shape.settings());
    return String.join(
        ", ", settings.entrySet().stream().map(s -> s.getKey() + " = " + s.getValue()).toList());
  }
}
