package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.WorkersView;

/** What came of looking for the worker Deployment. */
public sealed interface Sighting {

  /** It is known what there is. */
  record Seen(WorkersView view) implements Sighting {}

  /** The spec names nothing that a run could scale. */
  record Trouble(Problem problem) implements Sighting {}
}
