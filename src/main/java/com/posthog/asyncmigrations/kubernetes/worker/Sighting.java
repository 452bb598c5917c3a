package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.WorkersView;
import java.util.Optional;

/** What came of looking for the worker Deployment. */
public sealed interface Sighting {

  /** What is in the way, if something is. */
  default Optional<Problem> trouble() {
    return this instanceof Trouble t ? Optional.of(t.problem()) : Optional.empty();
  }

  /** What is seen; nothing where something is in the way. */
  default WorkersView view() {
    return this instanceof Seen seen ? seen.seen() : WorkersView.none();
  }

  /** It is known what there is. */
  record Seen(WorkersView seen) implements Sighting {}

  /** The spec names nothing that a run could scale. */
  record Trouble(Problem problem) implements Sighting {}
}
