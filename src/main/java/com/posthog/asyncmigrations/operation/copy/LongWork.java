package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;

/**
 * Work that is done in many statements, each of which may be lost: it can be begun again at any
 * time, and finds out by itself what is done.
 *
 * @param <S> the kind of step
 */
interface LongWork<S extends Step> {
  /**
   * Does what is left of it.
   *
   * @return how many rows it was about, and what there is to say of it
   * @throws AnswerLost when the outcome of a statement is not known
   * @throws com.posthog.asyncmigrations.core.ProblemException for what does not pass by itself, and
   *     for what does
   */
  EffectView.Finished run(Intent intent, S step, CopyControl control)
      throws AnswerLost, CopyControl.Stopped, CopyControl.Resting;

  /**
   * Whether it is in a state that must not stay, so that it has to go on also where it is to be
   * stopped; asked while nothing runs of it.
   *
   * @throws com.posthog.asyncmigrations.core.ProblemException when the server does not tell
   */
  default boolean mustFinish(Intent intent, S step) {
    return false;
  }
}
