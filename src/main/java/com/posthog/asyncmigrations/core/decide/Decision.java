package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.time.Duration;

/** What one pass does: wait, write down, or act. Exactly one of them. */
public sealed interface Decision {

  /**
   * Nothing to do now.
   *
   * @param why what is waited for
   * @param attention whether only a person can help
   * @param recheck when to look again, if nothing wakes us before
   */
  record Hold(Problem why, boolean attention, Duration recheck) implements Decision {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.hold(this);
    }
  }

  /** Write this down, in PostgreSQL and in the status; a conflict means: decide again. */
  record Write(Recorded next) implements Decision {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.write(this);
    }
  }

  /** Act. What was recorded allows it; it is not started by anybody else. */
  record Perform(Effect effect) implements Decision {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.perform(this);
    }
  }

  /** One answer for each case. */
  <R> R fold(Cases<R> cases);

  /** What somebody does for each case. */
  interface Cases<R> {
    R hold(Hold decision);

    R write(Write decision);

    R perform(Perform decision);
  }
}
