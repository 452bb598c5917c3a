package com.posthog.asyncmigrations.core.mirror;

/** When a run is written into PostHog's own tables. */
public enum MirrorMode {
  /** Once it has ended. */
  AT_END,
  /** Also on its way, as PostHog's Starting. */
  WHILE_RUNNING,
  /** Never; nor is anything read from them. */
  OFF
}
