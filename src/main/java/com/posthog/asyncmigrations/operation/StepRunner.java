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
   * same process does nothing.
   *
   * @param wake called once when the step has ended, or when its answer was lost; from another
   *     thread
   */
  void submit(Intent intent, S step, Runnable wake);

  /** What is known of the step. Changes nothing, and never throws for a server's sake. */
  EffectView observe(Intent intent, S step, LeaseView.Held lease);

  /**
   * Asks the servers to end the step, wherever it runs. Whether it has is for the next observation
   * to tell.
   */
  void kill(Intent intent, S step);
}
