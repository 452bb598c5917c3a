package com.posthog.asyncmigrations.core.mirror;

/** PostHog's own states, by the integers in its column {@code status}. */
public enum PostHogStatus {
  NOT_STARTED(0),
  RUNNING(1),
  COMPLETED(2),
  ERRORED(3),
  ROLLED_BACK(4),
  STARTING(5),
  FAILED_AT_STARTUP(6);

  private final int number;

  PostHogStatus(int number) {
    this.number = number;
  }

  /** The integer in PostHog's column. */
  public int number() {
    return number;
  }
}
