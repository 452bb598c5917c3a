package com.posthog.asyncmigrations.kubernetes.job;

import com.posthog.asyncmigrations.postgres.StepName;

/** What the Job of a step is called: its effect id without the migration's name. */
final class JobName {
  private JobName() {}

  static String of(String effectId) {
    return StepName.of(effectId).text().replace(':', '-');
  }
}
