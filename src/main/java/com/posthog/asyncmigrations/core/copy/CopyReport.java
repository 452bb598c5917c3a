package com.posthog.asyncmigrations.core.copy;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is said of a copy when it is done; its chunks in the ledger tell the rest. */
public final class CopyReport {
  private CopyReport() {}

  /**
   * In one sentence.
   *
   * @param chunks all of them, verified
   * @param rounds how many there were
   */
  public static String of(Collection<Chunk> chunks, int rounds) {
    long partitions = chunks.stream().map(Chunk::partition).distinct().count();
    long rows = chunks.stream().mapToLong(Chunk::rows).sum();
    return "%s in %s, %s, %s%s; counts and hashes agree"
        .formatted(
            many(rows, "row"),
            many(partitions, "partition"),
            many(chunks.size(), "chunk"),
            many(rounds, "round"),
            speed(chunks, Tuning.floor(chunks)));
  }

  /** Of those that were copied; the time is that of copying and verifying, without gaps. */
  private static String speed(Collection<Chunk> chunks, Optional<Double> floor) {
    List<Chunk> worked =
        chunks.stream().filter(c -> work(c).filter(w -> w.seconds() > 0).isPresent()).toList();
    double seconds = busySeconds(worked.stream().map(c -> work(c).orElseThrow()).toList());
    if (seconds <= 0) {
      return "";
    }
    double rate = worked.stream().mapToLong(Chunk::rows).sum() / seconds;
    return "; %s rows/s%s"
        .formatted(
            number(Math.round(rate)),
            floor
                .map(most -> ", %d %% of the fastest INSERT here".formatted(percent(rate / most)))
                .orElse(""));
  }

  private static long percent(double share) {
    return Math.round(100 * share);
  }

  private static Optional<Chunk.Work> work(Chunk chunk) {
    return chunk.copied().flatMap(Chunk.Copied::work);
  }

  /** Several may have run at the same time, and none for a while. */
  static double busySeconds(Collection<Chunk.Work> works) {
    double busy = 0;
    double until = Double.NEGATIVE_INFINITY;
    for (Chunk.Work work :
        works.stream().sorted(Comparator.comparing(Chunk.Work::began)).toList()) {
      double from = work.began().toEpochMilli() / 1000.0;
      double to = from + work.seconds();
      busy += Math.max(0, to - Math.max(from, until));
      until = Math.max(until, to);
    }
    return busy;
  }

  private static String many(long count, String what) {
    return number(count) + " " + what + (count == 1 ? "" : "s");
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
