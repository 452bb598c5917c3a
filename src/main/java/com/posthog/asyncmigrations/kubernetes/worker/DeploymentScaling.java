package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.decide.WorkersView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.StepRunner;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Scales the Deployments that a run holds, and waits until their pods are there or have ended. What
 * is there tells what was done, whoever did it.
 */
public final class DeploymentScaling implements StepRunner<Step.ScaleDeployment> {
  private final WorkerDeployment deployments;
  private final Flights flights;
  private final String namespace;
  private final Supplier<List<Workers>> held;

  /**
   * In this namespace.
   *
   * @param held what was recorded of the Deployments before they were scaled
   */
  public DeploymentScaling(
      WorkerDeployment deployments,
      Flights flights,
      String namespace,
      Supplier<List<Workers>> held) {
    this.deployments = deployments;
    this.flights = flights;
    this.namespace = namespace;
    this.held = held;
  }

  @Override
  public void submit(Intent intent, Step.ScaleDeployment step, Runnable wake) {
    held(step)
        .ifPresent(
            workers -> {
              if (step.replicas().isPresent()) {
                deployments.scale(namespace, workers);
              } else {
                deployments.restore(namespace, workers);
              }
            });
  }

  @Override
  public EffectView observe(Intent intent, Step.ScaleDeployment step, LeaseView.Held lease) {
    if (flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.Landed landed) {
      return landed.view();
    }
    return held(step)
        .map(workers -> view(step, deployments.settled(namespace, workers)))
        .orElseGet(() -> new EffectView.Finished(0)); // nothing was ever changed
  }

  private static EffectView view(Step.ScaleDeployment step, WorkersView seen) {
    boolean written = step.replicas().isPresent() ? seen.asApplied() : !seen.asWeLeftIt();
    if (!written) {
      return new EffectView.NotRun();
    }
    Optional<Problem> notReady = seen.notReady();
    if (notReady.isEmpty()) {
      return new EffectView.Finished(0);
    }
    return notReady.get().reason() == Reason.WorkerMissing
        ? new EffectView.Failed(notReady.get())
        : new EffectView.Running(0, 0);
  }

  /** What was written stays, and is put back at the end of the run; the wait is over. */
  @Override
  public void kill(Intent intent, Step.ScaleDeployment step) {
    flights.launch(
        intent.effectId(),
        () ->
            new EffectView.Failed(
                new Problem(
                    Reason.StatementKilled,
                    "the pods of %s are not waited for any longer".formatted(step.deployment()))),
        () -> {});
  }

  private Optional<Workers> held(Step.ScaleDeployment step) {
    return held.get().stream()
        .filter(workers -> workers.deployment().equals(step.deployment()))
        .filter(workers -> workers.state() != Workers.State.RESTORED)
        .findFirst();
  }
}
