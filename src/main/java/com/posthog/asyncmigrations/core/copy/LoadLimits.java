package com.posthog.asyncmigrations.core.copy;

import java.time.Duration;

/**
 * From where on a server's load slows and stops the work.
 *
 * @param parts of the number of parts in a partition from which the server delays INSERTs
 * @param memory of the memory that the server may use
 * @param reserve share of a disk's space that is left free; twice as much slows
 * @param delayedInserts how many INSERTs of anybody the server has delayed since the last look
 * @param replicaDelay how far a replica is behind
 * @param otherQueries how many queries of others have run for more than a second
 */
public record LoadLimits(
    Shares parts,
    Shares memory,
    double reserve,
    Counts delayedInserts,
    Times replicaDelay,
    Counts otherQueries) {

  /** What holds where nobody says otherwise. */
  public static final LoadLimits DEFAULT =
      new LoadLimits(
          new Shares(0.5, 0.8),
          new Shares(0.7, 0.85),
          0.05,
          new Counts(1, 10),
          new Times(Duration.ofSeconds(30), Duration.ofMinutes(2)),
          new Counts(20, 60));

  /** Shares of a limit, 0 to 1. */
  public record Shares(double slow, double stop) {}

  /** Numbers of things. */
  public record Counts(long slow, long stop) {}

  /** Times. */
  public record Times(Duration slow, Duration stop) {}
}
