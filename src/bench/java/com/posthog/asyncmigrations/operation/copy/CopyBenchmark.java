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
import java.util.Comparator;
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

  /** What a migration has that says nothing else. */
  private static final long CHUNK_ROWS = 20_000_000;

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
    events.fill(ROWS, 4);
    compare(new Layout("4 partitions, a chunk each", BY_MONTH, months(), CHUNK_ROWS));
    events.fill(ROWS, 1);
    List<String> everything = List.of("true");
    compare(new Layout("one partition, one chunk", "", everything, CHUNK_ROWS));
    compare(new Layout("one partition, 4 chunks", "", everything, ROWS / 4));
    System.out.println("\n" + figures.table());
  }

  /**
   * How the table is laid out.
   *
   * @param slices conditions, by each of which one statement of the baselines copies some of it
   * @param chunkRows rows of the chunks that a copy makes of it, at most
   */
  private record Layout(String name, String partitionBy, List<String> slices, long chunkRows) {}

  /** Whether the new table is merged while it is filled. */
  private enum Target {
    UNMERGED,
    MERGED
  }

  private List<String> months() {
    return database
        .run("SELECT DISTINCT toYYYYMM(timestamp) FROM t ORDER BY 1")
        .lines()
        .map(month -> "toYYYYMM(timestamp) = " + month)
        .toList();
  }

  private void compare(Layout layout) {
    InsertShape fastest = fastest(layout);
    copied(layout, 2, Target.UNMERGED); // what is written for the first time takes longer
    for (int i = 0; i < TIMES; i++) {
      compare(layout, fastest);
    }
  }

  private void compare(Layout layout, InsertShape fastest) {
    double floor = inserted(layout, fastest, true);
    figures.add("floor, " + layout.name(), "s", floor);
    add("floor without fsync / floor", layout, inserted(layout, fastest, false) / floor);
    Copied alone = copied(layout, 1, Target.UNMERGED);
    add("copy alone / floor", layout, alone.inserting() / floor);
    figures.add("CPU of the INSERTs, for a million rows, " + layout.name(), "s", alone.cpu());
    add("copy and verification / floor", layout, alone.all() / floor);
    if (alone.chunks() > 1) {
      Copied two = copied(layout, 2, Target.UNMERGED);
      add("copy and verification, two chunks at once / floor", layout, two.all() / floor);
    }
    if (layout.slices().size() > 1) {
      Copied merged = copied(layout, 2, Target.MERGED);
      add("copy and verification, and merges meanwhile / floor", layout, merged.all() / floor);
      postHog(layout, floor, merged.all());
    }
  }

  private void add(String figure, Layout layout, double value) {
    figures.add(figure + ", " + layout.name(), "", value);
  }

  /** The fastest of a small grid, for the first slice. */
  private InsertShape fastest(Layout layout) {
    Layout first =
        new Layout(
            layout.name(), layout.partitionBy(), layout.slices().subList(0, 1), layout.chunkRows());
    return Tuning.grid(cores()).stream()
        .min(Comparator.comparingDouble(shape -> inserted(first, shape, true)))
        .orElseThrow();
  }

  /**
   * Seconds that it takes to fill an empty table with a statement for each slice, and nothing else.
   *
   * @param onDisk whether an INSERT ends when its rows are on the disk, as those of a copy do
   */
  private double inserted(Layout layout, InsertShape shape, boolean onDisk) {
    events.create("n", layout.partitionBy(), EventsTable.NEW_KEY);
    database.run("SYSTEM STOP MERGES n");
    database.run("ALTER TABLE n MODIFY SETTING fsync_after_insert = " + (onDisk ? 1 : 0));
    quiet();
    long began = System.nanoTime();
    for (String slice : layout.slices()) {
      database.run(
          "INSERT INTO n SELECT * FROM t WHERE %s SETTINGS %s, %s"
              .formatted(slice, LIKE_A_COPY, text(shape)));
    }
    return since(began);
  }

  /**
   * A copy.
   *
   * @param all seconds, from start to end
   * @param inserting seconds of its INSERTs
   * @param cpu seconds of processor that these took, for a million rows
   * @param chunks how many it had
   */
  private record Copied(double all, double inserting, double cpu, int chunks) {}

  private Copied copied(Layout layout, int chunksAtOnce, Target target) {
    events.create("n", layout.partitionBy(), EventsTable.NEW_KEY);
    if (target == Target.UNMERGED) {
      database.run("SYSTEM STOP MERGES n");
    }
    quiet();
    try (Mover mover = new Mover(database, postgres)) {
      mover.limit(new CopyLimits(chunksAtOnce, Map.of()));
      TableCopy copy = Mover.live("t", "n", layout.chunkRows());
      long began = System.nanoTime();
      mover.startCopy(copy);
      assertThat(mover.rowsAtEnd()).isEqualTo(ROWS);
      double all = since(began);
      return new Copied(
          all,
          mover.chunks().stream().mapToDouble(c -> Works.of(c).insertSeconds()).sum(),
          cpu(mover.chunks()),
          mover.chunks().size());
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
  private void postHog(Layout layout, double floor, double ours) {
    events.create("n", layout.partitionBy(), EventsTable.NEW_KEY);
    quiet();
    long began = System.nanoTime();
    for (String slice : layout.slices()) {
      database.run("INSERT INTO n SELECT * FROM t WHERE " + slice);
    }
    double swapped = since(began);
    figures.add("PostHog's way to the swap / floor", "", swapped / floor);
    figures.add("PostHog's way to the swap / ours, merged meanwhile", "", swapped / ours);
    database.run("OPTIMIZE TABLE n FINAL");
    figures.add("PostHog's way to its end / ours, merged meanwhile", "", since(began) / ours);
  }

  /** What was written before is on the disk, so that nobody waits for it in another's time. */
  private static void quiet() {
    try {
      assertThat(new ProcessBuilder("sync").start().waitFor()).isZero();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
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
