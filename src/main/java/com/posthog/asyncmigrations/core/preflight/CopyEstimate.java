package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Judge;
import com.posthog.asyncmigrations.core.preflight.CopyFacts.Partition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What a copy would take: as many bytes on the disks as the table has, and as long as the slowest
 * shard, since shards copy at the same time.
 */
public final class CopyEstimate {
  /**
   * Of a copy that is verified, of uncompressed bytes, for each thread: less than what two cores
   * did with rows of 241 bytes, 76 MiB/s each.
   */
  static final double STATED_RATE = 64.0 * (1 << 20);

  private static final Duration LINK = Duration.ofMillis(20);

  private CopyEstimate() {}

  /**
   * Rows that are written anew.
   *
   * @param measured bytes on disk that earlier copies have brought over in a second; absent: there
   *     were none that tell
   */
  public static Movement rows(CopyFacts facts, Optional<Double> measured) {
    double seconds =
        facts.shards().stream()
            .mapToDouble(
                shard ->
                    measured
                        .map(rate -> sum(shard.partitions(), Partition::bytes) / rate)
                        .orElseGet(
                            () ->
                                sum(shard.partitions(), Partition::uncompressed)
                                    / (STATED_RATE * Math.max(1, shard.threads()))))
            .max()
            .orElse(0);
    return movement(
        facts,
        facts.stores().stream()
            .map(s -> new DiskNeed(s.node(), s.policy(), s.table(), s.free(), s.total()))
            .toList(),
        Duration.ofMillis(Math.round(seconds * 1000)),
        measured
            .map(
                rate ->
                    "measured: earlier copies brought over %s of parts a second, verified"
                        .formatted(Judge.bytes(rate)))
            .orElse(
                "stated, not measured here: %s of uncompressed rows a second for each thread of a query, verified; the first chunks tell more"
                    .formatted(Judge.bytes(STATED_RATE))));
  }

  /** Partitions whose files are shared: nothing is written. */
  public static Movement hardLinks(CopyFacts facts) {
    long most = facts.shards().stream().mapToLong(s -> s.partitions().size()).max().orElse(0);
    return movement(
        facts,
        facts.stores().stream()
            .map(s -> new DiskNeed(s.node(), s.policy(), 0, s.free(), s.total()))
            .toList(),
        LINK.multipliedBy(most),
        "stated: %d ms for each partition, whatever its size".formatted(LINK.toMillis()));
  }

  /** The disks that would be full before the copy is done. */
  public static List<Problem> tooSmall(Movement movement) {
    return movement.disks().stream()
        .flatMap(disk -> disk.tooSmall().stream())
        .map(why -> new Problem(Reason.DiskFull, why))
        .toList();
  }

  private static Movement movement(
      CopyFacts facts, List<DiskNeed> disks, Duration time, String basis) {
    List<Partition> all = facts.shards().stream().flatMap(s -> s.partitions().stream()).toList();
    return new Movement(
        sum(all, Partition::rows),
        sum(all, Partition::bytes),
        all.size(),
        sum(all, Partition::chunks),
        disks,
        Optional.of(time),
        basis);
  }

  private static long sum(List<Partition> partitions, ToLongFunction<Partition> what) {
    return partitions.stream().mapToLong(what).sum();
  }
}
