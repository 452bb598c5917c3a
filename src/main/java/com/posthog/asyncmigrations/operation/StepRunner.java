package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;

/**
 * Runs the steps of one kind. No method waits for the step itself: each answers within seconds,
 * also when a server does not.
 *
 * @param <S> the kind of step
 */
public interface StepRunner<S extends Step> {

  /**
   * Starts the step of an intent that was recorded before; a second call for the same intent by the
   * same process does nothing, unless it was observed to be {@link
   * com.posthog.asyncmigrations.core.decide.EffectView.Unfinished}.
   *
   * @param wake called once when the step has ended, or when its answer was lost; from another
   *     thread
   * @throws com.posthog.asyncmigrations.core.ProblemException when it could not even be sent, and
   *     has not run
   */
  void submit(Intent intent, S step, Runnable wake);

  /**
   * The step's outcome was recorded: what was kept to tell it is not needed any more. May be called
   * again, or not at all where the process has died.
   */
  default void settled(Intent intent, S step) {}

  /** What is known of the step. Changes nothing, and never throws for a server's sake. */
  EffectView observe(Intent intent, S step, LeaseView.Held lease);

  /**
   * Asks the step to end after the piece that is under way, where this process runs it. A kind that
   * does not rest is never asked.
   */
  default void rest(Intent intent, S step) {}

  /**
   * Asks the servers to end the step, wherever it runs. Whether it has is for the next observation
   * to tell.
   */
  void kill(Intent intent, S step);
}
