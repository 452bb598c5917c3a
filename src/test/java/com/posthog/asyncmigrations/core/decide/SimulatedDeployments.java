package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The worker, and another Deployment that operations scale to nothing; simulated. */
final class SimulatedDeployments {
  static final int ORIGINAL = 2;
  static final int INGESTION = 3;

  int replicas = ORIGINAL;
  int ingestion = INGESTION;
  private int ready = ORIGINAL;

  /** Time has passed: the pods are ready. */
  void tick() {
    ready = replicas;
  }

  void resize(Workers which, WorkerSize to) {
    if (which.deployment().equals("ingestion")) {
      ingestion = to.replicas().orElseThrow();
    } else {
      replicas = to.replicas().orElseThrow();
    }
  }

  private static Optional<Workers> held(Recorded recorded) {
    return recorded.theRun().held().stream()
        .filter(w -> w.state() != Workers.State.RESTORED)
        .findFirst();
  }

  void scale(Step.ScaleDeployment step, Recorded recorded) {
    if (held(recorded).isPresent()) {
      Workers held = held(recorded).get();
      resize(held, step.replicas().isPresent() ? held.applied() : held.original());
    }
  }

  Optional<Workers> hold(Recorded recorded, Instant now) {
    return recorded.phase() == Phase.STARTING || recorded.phase() == Phase.RUNNING
        ? Optional.of(
            new Workers(
                "ingestion",
                "app",
                Optional.empty(),
                Samples.size(ingestion),
                Samples.size(0),
                Workers.State.RECORDED,
                now))
        : Optional.empty();
  }

  EffectView look(Step.ScaleDeployment scale, Recorded recorded) {
    Optional<Workers> held = held(recorded);
    int wanted =
        held.map(h -> scale.replicas().isPresent() ? h.applied() : h.original())
            .flatMap(WorkerSize::replicas)
            .orElse(ingestion);
    return ingestion == wanted ? new EffectView.Finished(0) : new EffectView.NotRun();
  }

  WorkersView view(Recorded record, Instant now) {
    Optional<Run> run = record.run();
    boolean ending = run.flatMap(Run::ending).isPresent() && record.phase().active();
    Optional<Workers> other =
        ending
            ? run.flatMap(r -> r.toRestore(false))
            : record.phase() == Phase.STARTING ? run.flatMap(Run::toHold) : Optional.empty();
    if (other.filter(w -> w.deployment().equals("ingestion")).isPresent()) {
      boolean applied = other.get().applied().replicas().orElseThrow() == ingestion;
      return new WorkersView(other, applied, Optional.empty(), applied, List.of());
    }
    Optional<Workers> recorded =
        run.flatMap(Run::workers).filter(w -> w.state() != Workers.State.RESTORED);
    Workers found =
        recorded.orElse(
            new Workers(
                "posthog-worker",
                "worker",
                Optional.empty(),
                Samples.size(replicas),
                Samples.size(ORIGINAL + 3),
                Workers.State.RECORDED,
                now));
    return new WorkersView(
        Optional.of(found),
        replicas == found.applied().replicas().orElseThrow(),
        ready == replicas ? Optional.empty() : Optional.of(Samples.problem()),
        recorded.isPresent() && replicas == found.applied().replicas().orElseThrow(),
        List.of());
  }
}
