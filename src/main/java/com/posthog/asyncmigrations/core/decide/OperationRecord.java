package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;
import java.util.Optional;

/**
 * What became of one operation.
 *
 * @param rows rows that its finished steps have read or written
 * @param tries how many steps it has started, repeats included
 */
public record OperationRecord(
    State state, Optional<Instant> startedAt, Optional<Instant> finishedAt, long rows, int tries) {

  /** An operation that has not begun. */
  public static final OperationRecord PENDING =
      new OperationRecord(State.PENDING, Optional.empty(), Optional.empty(), 0, 0);

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
        State.RUNNING, startedAt.or(() -> Optional.of(now)), Optional.empty(), rows, tries + 1);
  }

  OperationRecord ended(State end, Instant now) {
    return new OperationRecord(end, startedAt, Optional.of(now), rows, tries);
  }

  OperationRecord withRows(long more) {
    return new OperationRecord(state, startedAt, finishedAt, rows + more, tries);
  }
}
