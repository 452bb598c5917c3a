package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;

/**
 * The write-ahead record of a step: written before the step is started, and what it is found by
 * afterwards.
 *
 * @param position which step
 * @param effectId the id that the statement carries on its server
 * @param node the server it is for, by address and identity
 * @param token the lease's token when it was written: under the same token it is the same process
 *     that started it
 * @param at when it was written
 */
public record Intent(Position position, String effectId, NodeRef node, long token, Instant at) {
  private static final int LONGEST_NAME = 40;

  /**
   * The id of a step: the same for everybody who knows the run, and another for each try. At most
   * 100 characters, as PostHog's column is.
   */
  public static String effectId(
      String migration, String runId, int attempt, Position position, String target) {
    return "%s-%s%d-%d-%s-%d"
        .formatted(
            prefix(migration, runId, attempt),
            position.stage().letter(),
            position.operation(),
            position.step(),
            target,
            position.tryNumber());
  }

  /** What the ids of all steps of an attempt begin with. */
  public static String prefix(String migration, String runId, int attempt) {
    return "%s-%s-%d"
        .formatted(
            migration.substring(0, Math.min(LONGEST_NAME, migration.length())), runId, attempt);
  }

  Intent under(long newToken, Instant when) {
    return new Intent(position, effectId, node, newToken, when);
  }
}
