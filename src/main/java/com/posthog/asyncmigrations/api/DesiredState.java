package com.posthog.asyncmigrations.api;

/** What a person may ask of a migration. */
public enum DesiredState {
  /** Start nothing; what runs goes on. */
  Idle,
  /** Run it to its end. */
  Completed,
  /** Let the statement under way end, put the workers back, and wait. */
  Paused,
  /** End the run: kill what runs, prove it gone, put the workers back. Nothing is undone. */
  Stopped,
  /** End the run and undo what was done, last operation first. */
  RolledBack
}
