package com.posthog.asyncmigrations.kubernetes;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Which spec a status speaks of, and when it is written: to the second, as Kubernetes tells time.
 */
public record StatusTime(long generation, Instant now) {

  /** Cuts what nobody reads. */
  public StatusTime {
    now = toSeconds(now);
  }

  /** The time as a status shows it. */
  public static Instant toSeconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }
}
