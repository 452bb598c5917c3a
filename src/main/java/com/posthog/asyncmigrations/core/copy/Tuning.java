package com.posthog.asyncmigrations.core.copy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the fastest shape of INSERT for a table and a machine: the first chunks are copied with one
 * shape after the other, each alone, so that what is measured is the floor of the machine, an
 * INSERT of rows of the table into an empty table, and no work is done for the measurement alone.
 */
public final class Tuning {
  /** What takes less says little. */
  private static final double MEASURABLE_SECONDS = 1;

  private static final int MOST_THREADS = 8;

  /** With fewer chunks for each shape, trying slow ones costs more than the fastest one gains. */
  private static final int WORTHWHILE = 10;

  private static final int BLOCK_ROWS = 1 << 20;

  private final List<InsertShape> grid;
  private final Map<InsertShape, Double> rowsPerSecond = new HashMap<>();
  private boolean someTooShort;

  private Tuning(List<InsertShape> grid) {
    this.grid = grid;
  }

  /**
   * From what was measured so far.
   *
   * @param chunks all of the copy; if they are few, nothing is tried
   * @param grid what is tried, the one to begin with first
   */
  public static Tuning of(Collection<Chunk> chunks, List<InsertShape> grid) {
    boolean worthwhile = chunks.size() >= WORTHWHILE * grid.size();
    Tuning tuning = new Tuning(worthwhile ? List.copyOf(grid) : List.of(grid.get(0)));
    chunks.forEach(tuning::add);
    return tuning;
  }

  /**
   * What may be tried on a server of so many cores. A quarter of them is a good beginning, with
   * small blocks: they need a third of the memory, and no more of the processor.
   */
  public static List<InsertShape> grid(int cores) {
    int first = Math.min(Math.max(1, cores), Math.max(2, cores / 4));
    List<InsertShape> shapes = new ArrayList<>();
    for (int threads = 1; threads <= Math.min(Math.max(1, cores), MOST_THREADS); threads *= 2) {
      shapes.add(new InsertShape(threads, BLOCK_ROWS));
      shapes.add(new InsertShape(threads, BLOCK_ROWS / 4));
    }
    shapes.sort(
        Comparator.comparing((InsertShape s) -> Math.abs(s.threads() - first))
            .thenComparing(InsertShape::blockRows));
    return List.copyOf(shapes);
  }

  /** Rows a second of the fastest INSERT among them; absent: none was long enough to tell. */
  public static Optional<Double> floor(Collection<Chunk> chunks) {
    Tuning tuning = new Tuning(List.of());
    chunks.forEach(tuning::add);
    return tuning.rowsPerSecond.values().stream().max(Comparator.naturalOrder());
  }

  /** One more was copied, or perhaps not yet. */
  public void add(Chunk chunk) {
    chunk.copied().flatMap(Chunk.Copied::work).ifPresent(work -> add(work, chunk.rows()));
  }

  private void add(Chunk.Work work, long rows) {
    if (work.insertSeconds() >= MEASURABLE_SECONDS) {
      rowsPerSecond.merge(work.shape(), rows / work.insertSeconds(), Math::max);
    } else {
      someTooShort = true;
    }
  }

  /** Whether the next chunk is a measurement, so that nothing else should run beside it. */
  public boolean measures() {
    return untried().isPresent() && !(rowsPerSecond.isEmpty() && someTooShort);
  }

  /** The shape for the next chunk: one that was not tried yet, or the fastest. */
  public InsertShape next() {
    return measures() ? untried().orElseThrow() : fastest().orElse(grid.get(0));
  }

  private Optional<InsertShape> untried() {
    return grid.size() == 1
        ? Optional.empty()
        : grid.stream().filter(shape -> !rowsPerSecond.containsKey(shape)).findFirst();
  }

  private Optional<InsertShape> fastest() {
    return grid.stream()
        .filter(rowsPerSecond::containsKey)
        .max(Comparator.comparingDouble(shape -> rowsPerSecond.getOrDefault(shape, 0.0)));
  }
}
