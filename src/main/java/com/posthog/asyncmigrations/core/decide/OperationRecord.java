package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;
import java.util.Optional;

/**
 * What became of one operation.
 *
 * @param rows rows that its finished steps have read or written
 * @param tries how many steps it has started, repeats included
 * @param output what its last step said at its end, for people
 */
public record OperationRecord(
    State state,
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt,
    long rows,
    int tries,
    Optional<String> output) {

  /** An operation that has not begun. */
  public static final OperationRecord PENDING =
      new OperationRecord(
          State.PENDING, Optional.empty(), Optional.empty(), 0, 0, Optional.empty());

  /** States of an operation. */
  public enum State {
    PENDING("Pending"),
    RUNNING("Running"),
    COMPLETED("Completed"),
    FAILED("Failed"),
    ROLLED_BACK("RolledBack");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** The word in the status. */
    public String word() {
      return word;
    }
  }

  OperationRecord begun(Instant now) {
    return new OperationRecord(
        State.RUNNING,
        startedAt.or(() -> Optional.of(now)),
        Optional.empty(),
        rows,
        tries + 1,
        output);
  }

  OperationRecord ended(State end, Instant now) {
    return new OperationRecord(end, startedAt, Optional.of(now), rows, tries, output);
  }

  OperationRecord with(EffectView.Finished step) {
    return new OperationRecord(
        state, startedAt, finishedAt, rows + step.rows(), tries, step.output().or(() -> output));
  }
}
