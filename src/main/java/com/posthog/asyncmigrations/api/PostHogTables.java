package com.posthog.asyncmigrations.api;

/** When a run is written into PostHog's own tables. */
public enum PostHogTables {
  /** Once it has ended. */
  AtEnd,
  /** Also on its way. */
  WhileRunning,
  /** Never; nor are they read. */
  Off
}
