package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;

/**
 * Runs a step on each server of its intent, where it has several, each under its own id.
 *
 * @param <S> the kind of step
 */
public final class OnEveryPart<S extends Step> implements StepRunner<S> {
  private final StepRunner<S> one;

  /** With what runs it on one server. */
  public OnEveryPart(StepRunner<S> one) {
    this.one = one;
  }

  @Override
  public void submit(Intent intent, S step, Runnable wake) {
    if (!step.onSeveral()) {
      one.submit(intent, step, wake);
    }
    intent.parts().forEach(part -> one.submit(intent.of(part), step, wake));
  }

  @Override
  public EffectView observe(Intent intent, S step, LeaseView.Held lease) {
    return step.onSeveral()
        ? new EffectView.Several(
            intent.parts().stream()
                .map(part -> part.ended() ? part.end() : one.observe(intent.of(part), step, lease))
                .toList())
        : one.observe(intent, step, lease);
  }

  @Override
  public void kill(Intent intent, S step) {
    if (!step.onSeveral()) {
      one.kill(intent, step);
    }
    intent.parts().stream()
        .filter(part -> !part.ended())
        .forEach(part -> one.kill(intent.of(part), step));
  }

  @Override
  public void rest(Intent intent, S step) {
    if (!step.onSeveral()) {
      one.rest(intent, step);
    }
    intent.parts().stream()
        .filter(part -> !part.ended())
        .forEach(part -> one.rest(intent.of(part), step));
  }
}
