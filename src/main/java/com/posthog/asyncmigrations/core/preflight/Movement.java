package com.posthog.asyncmigrations.core.preflight;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The rows that an operation goes through, over all shards.
 *
 * @param rows how many, as the server counts them without reading them
 * @param bytes on disk
 * @param partitions how many there are, or parts
 * @param chunks pieces that they are copied in; of batches the fewest
 * @param disks what is written where
 * @param time how long it takes; absent: nobody can tell
 * @param basis how the time was estimated
 */
public record Movement(
    long rows,
    long bytes,
    long partitions,
    long chunks,
    List<DiskNeed> disks,
    Optional<Duration> time,
    String basis) {
  /** Keeps a copy. */
  public Movement {
    disks = List.copyOf(disks);
  }

  /** Rows that are gone through where they are, in so many parts or batches. */
  public static Movement inPlace(long rows, long bytes, long parts, long batches, String basis) {
    return new Movement(rows, bytes, parts, batches, List.of(), Optional.empty(), basis);
  }
}
