package com.posthog.asyncmigrations.core.decide;

/** What a person wants of a migration. */
public enum Wish {
  IDLE,
  COMPLETED,
  PAUSED,
  STOPPED,
  ROLLED_BACK
}
