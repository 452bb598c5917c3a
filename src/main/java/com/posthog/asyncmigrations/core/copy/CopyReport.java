package com.posthog.asyncmigrations.core.copy;

import java.util.Collection;
import java.util.Locale;

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
            speed(chunks));
  }

  /** Of those that were copied; the time is that of copying and verifying. */
  private static String speed(Collection<Chunk> chunks) {
    double seconds = 0;
    long rows = 0;
    for (Chunk chunk : chunks) {
      double took = chunk.copied().flatMap(Chunk.Copied::work).map(Chunk.Work::seconds).orElse(0.0);
      seconds += took;
      rows += took > 0 ? chunk.rows() : 0;
    }
    return seconds <= 0 ? "" : "; %s rows/s".formatted(number(Math.round(rows / seconds)));
  }

  private static String many(long count, String what) {
    return number(count) + " " + what + (count == 1 ? "" : "s");
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
