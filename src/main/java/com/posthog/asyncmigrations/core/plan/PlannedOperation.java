package com.posthog.asyncmigrations.core.plan;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One operation, compiled.
 *
 * @param kind what it is: {@link Kind}
 * @param steps what it does, in order; an approval has none
 * @param timeout how long one step may run
 * @param weight its share of the progress, at least 1
 * @param question what a person is asked, for an approval
 * @param hash hash of what it does and how it is undone, so that a resumed run can tell whether
 *     what it did is still what is asked; timeout and weight may change meanwhile
 */
public record PlannedOperation(
    String name,
    Kind kind,
    List<Step> steps,
    Undo undo,
    Duration timeout,
    long weight,
    Optional<String> question,
    String hash) {

  /** Keeps a copy of the steps. */
  public PlannedOperation {
    steps = List.copyOf(steps);
  }

  /** The kinds of operation. */
  public enum Kind {
    SQL,
    BATCH_UPDATE,
    COPY_FROM_POSTGRES,
    VERIFY,
    APPROVAL,
    SCALE_DEPLOYMENT,
    JOB,
    MUTATION,
    COPY_TABLE,
    EXCHANGE_TABLES
  }
}
