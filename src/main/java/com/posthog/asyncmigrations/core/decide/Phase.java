package com.posthog.asyncmigrations.core.decide;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a migration stands. */
public enum Phase {
  NOT_STARTED("NotStarted"),
  STARTING("Starting"),
  RUNNING("Running"),
  PAUSED("Paused"),
  AWAITING_APPROVAL("AwaitingApproval"),
  STOPPING("Stopping"),
  ROLLING_BACK("RollingBack"),
  COMPLETED("CompletedSuccessfully"),
  ERRORED("Errored"),
  ROLLED_BACK("RolledBack"),
  FAILED_AT_STARTUP("FailedAtStartup");

  private final String word;

  Phase(String word) {
    this.word = word;
  }

  /** The phase of a word in a status; empty for a word that is none. */
  public static Optional<Phase> of(@Nullable String word) {
    return Arrays.stream(values()).filter(phase -> phase.word.equals(word)).findFirst();
  }

  /** The word in the status. */
  public String word() {
    return word;
  }

  /** Whether a run is under way, which needs the lease. */
  public boolean active() {
    return switch (this) {
      case STARTING, RUNNING, PAUSED, AWAITING_APPROVAL, STOPPING, ROLLING_BACK -> true;
      case NOT_STARTED, COMPLETED, ERRORED, ROLLED_BACK, FAILED_AT_STARTUP -> false;
    };
  }

  /** Whether a run has ended here. */
  public boolean ended() {
    return this == COMPLETED || this == ERRORED || this == ROLLED_BACK;
  }
}
