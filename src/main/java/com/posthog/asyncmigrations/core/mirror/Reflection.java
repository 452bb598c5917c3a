package com.posthog.asyncmigrations.core.mirror;

import com.posthog.asyncmigrations.core.Problem;
import java.time.Instant;
import java.util.Optional;

/**
 * What PostHog's row of a migration should say.
 *
 * @param occasion what it is written for: what was written for one occasion is not written again
 *     for it, whatever others make of the row afterwards
 * @param progress 0 to 100
 * @param operationIndex of the operation to do next; how many there are when all are done
 * @param queryId of the query that runs; between two, what all query ids of the run begin with;
 *     empty without a run
 * @param startedAt empty: as it is in the row
 * @param finished whether the run has ended
 * @param finishedAt where that is known
 * @param ownError an error to be told besides those of the run
 * @param releases whether this only takes back the operator's own Starting
 */
public record Reflection(
    String occasion,
    PostHogStatus status,
    int progress,
    int operationIndex,
    String queryId,
    Optional<Instant> startedAt,
    boolean finished,
    Optional<Instant> finishedAt,
    Optional<Problem> ownError,
    boolean releases) {

  /** Whether it is of a run that goes on, so that the same occasion is written again and again. */
  public boolean moves() {
    return status == PostHogStatus.STARTING;
  }

  /** Whether nothing is left to write for this one after another one has been. */
  public boolean isSettledBy(Reflection other) {
    return moves() ? equals(other) : occasion.equals(other.occasion());
  }

  /** Whether another one differs by its progress alone. */
  public boolean differsInProgressOnly(Reflection other) {
    return withProgress(other.progress()).equals(other);
  }

  private Reflection withProgress(int value) {
    return new Reflection(
        occasion,
        status,
        value,
        operationIndex,
        queryId,
        startedAt,
        finished,
        finishedAt,
        ownError,
        releases);
  }
}
