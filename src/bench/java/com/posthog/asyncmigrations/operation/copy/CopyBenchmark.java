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
      events.fill(ROWS, partitions);
      Layout layout =
          partitions == 1
              ? new Layout("one partition", "", List.of("true"))
              : new Layout(partitions + " partitions", BY_MONTH, months());
      InsertShape fastest = fastest(layout);
      copied(layout, 2, Target.UNMERGED);
      for (int i = 0; i < TIMES; i++) {
        compare(layout, fastest);
      }
    }
    System.out.println("\n" + figures.table());
  }

  /**
   * How the table is laid out.
   *
   * @param slices conditions, by each of which one statement copies some of it
   */
  private record Layout(String name, String partitionBy, List<String> slices) {}

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

  private void compare(Layout layout, InsertShape fastest) {
    double floor = inserted(layout, fastest, true);
    figures.add("floor, " + layout.name(), "s", floor);
    add("floor without fsync / floor", layout, inserted(layout, fastest, false) / floor);
    Copied alone = copied(layout, 1, Target.UNMERGED);
    add("copy alone / floor", layout, alone.inserting() / floor);
    add("copy and verification, one chunk at once / floor", layout, alone.all() / floor);
    Copied two = copied(layout, 2, Target.UNMERGED);
    add("copy and verification, two chunks at once / floor", layout, two.all() / floor);
    figures.add("CPU of the INSERTs, for a million rows, " + layout.name(), "s", alone.cpu());
    if (layout.slices().size() > 1) {
      Copied merged = copied(layout, 2, Target.MERGED);
      add("copy and verification, and merges meanwhile / floor", layout, merged.all() / floor);
      postHog(layout, merged.all());
    }
  }

  private void add(String figure, Layout layout, double value) {
    figures.add(figure + ", " + layout.name(), "", value);
  }

  /** The fastest of a small grid, for the first slice. */
  private InsertShape fastest(Layout layout) {
    Layout first = new Layout(layout.name(), layout.partitionBy(), layout.slices().subList(0, 1));
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
   */
  private record Copied(double all, double inserting, double cpu) {}

  private Copied copied(Layout layout, int chunksAtOnce, Target target) {
    events.create("n", layout.partitionBy(), EventsTable.NEW_KEY);
    if (target == Target.UNMERGED) {
      database.run("SYSTEM STOP MERGES n");
    }
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
  private void postHog(Layout layout, double ours) {
    events.create("n", layout.partitionBy(), EventsTable.NEW_KEY);
    quiet();
    long began = System.nanoTime();
    for (String slice : layout.slices()) {
      database.run("INSERT INTO n SELECT * FROM t WHERE " + slice);
    }
    figures.add("PostHog's way to the swap / ours, merged meanwhile", "", since(began) / ours);
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
