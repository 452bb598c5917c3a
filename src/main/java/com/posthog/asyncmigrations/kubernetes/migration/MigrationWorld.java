package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.check.Health;
import com.posthog.asyncmigrations.core.decide.Checkpoint;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Effect;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.Observed;
import com.posthog.asyncmigrations.core.decide.Pass;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.decide.Wish;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.decide.WorkersView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import com.posthog.asyncmigrations.kubernetes.worker.Sighting;
import com.posthog.asyncmigrations.operation.Steps;
import com.posthog.asyncmigrations.operation.copy.Backups;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;

/**
 * The databases and the worker of one migration, looked at as far as the next decision needs it.
 */
final class MigrationWorld implements Pass.World {
  /** The API server; what happened there can always be seen. */
  private static final NodeRef KUBERNETES =
      new NodeRef("kube", "kubernetes", "", Instant.EPOCH, Instant.EPOCH);

  private final MigrationKey key;
  private final Session session;
  private final Steps steps;
  private final Tenure tenure;
  private final Mirror mirror;
  private final BooleanSupplier ledgerLost;
  private final Optional<PostHogInstanceSpec.Worker> wantedWorker;
  private final Checkup checkup;
  private final BiFunction<Desired, Recorded, Optional<PlanReport>> dryRun;
  private final Surroundings around;

  MigrationWorld(
      MigrationKey key,
      Session session,
      Steps steps,
      Tenure tenure,
      Mirror mirror,
      BooleanSupplier ledgerLost,
      Optional<PostHogInstanceSpec.Worker> wantedWorker,
      Checkup checkup,
      BiFunction<Desired, Recorded, Optional<PlanReport>> dryRun,
      Surroundings around) {
    this.key = key;
    this.session = session;
    this.steps = steps;
    this.tenure = tenure;
    this.mirror = mirror;
    this.ledgerLost = ledgerLost;
    this.wantedWorker = wantedWorker;
    this.checkup = checkup;
    this.dryRun = dryRun;
    this.around = around;
  }

  @Override
  public Observed observe(Desired desired, Recorded recorded) {
    Optional<Servers> worksOn =
        recorded.run().filter(r -> recorded.phase().active()).flatMap(Run::servers);
    tenure.expect(worksOn);
    try {
      List<ClickHouseNode> nodes = nodes(recorded);
      Servers found = Tenure.serversOf(nodes, session.postgres().node().identity());
      if (worksOn.filter(found::areOthersThan).isPresent()) {
        return elsewhere(changed(worksOn.get(), found));
      }
      LeaseView lease = tenure.look(worksOn.orElse(found));
      Sighting workers = workers(recorded);
      Sighting hold = hold(recorded);
      Gate.Answer gate = checkup.gate(desired, recorded, lease);
      Optional<Problem> trouble = hold.trouble().or(workers::trouble);
      Observed observed =
          observed(
              trouble.or(gate::obstacle),
              ledgerLost.getAsBoolean(),
              lease,
              effect(recorded),
              workers.view(),
              Optional.of(found),
              next(recorded, nodes));
      return mirror.beside(
          observed
              .withReverseWindow(reverseWindowClosed(desired, recorded))
              .withHold(hold.view().found())
              .withPlan(
                  dryRun
                      .apply(desired, recorded)
                      .map(plan -> plan.besides(DryRuns.ofStart(gate, trouble))))
              .withChecks(
                  Checkpoint.refusal(recorded, gate), gate, checkup.health(desired, recorded)),
          desired,
          recorded);
    } catch (ProblemException unreachable) {
      return unreachable(recorded, unreachable.problem())
          .withPlan(
              dryRun
                  .apply(desired, recorded)
                  .map(plan -> plan.besides(List.of(unreachable.problem()))));
    }
  }

  /** What is not known there is not lost. */
  private Observed elsewhere(Problem why) {
    return observed(
        Optional.of(why),
        false,
        new LeaseView.NotAsked(),
        EffectView.NONE,
        WorkersView.none(),
        Optional.empty(),
        List.of());
  }

  private Observed unreachable(Recorded recorded, Problem why) {
    Gate.Answer nothing =
        new Gate.Answer(Optional.of(why), Optional.empty(), true, false, List.of());
    return observed(
            Optional.of(why),
            ledgerLost.getAsBoolean(),
            new LeaseView.NotAsked(),
            EffectView.NONE,
            ledgerLost.getAsBoolean() ? workersOfLostRun(recorded) : WorkersView.none(),
            Optional.empty(),
            List.of())
        .withChecks(Checkpoint.refusal(recorded, nothing), nothing, Health.NOT_CHECKED);
  }

  private static Problem changed(Servers before, Servers now) {
    return new Problem(
        Reason.InstanceChanged,
        "the run works on %s, but the instance points at %s by now: point it back, or delete this resource"
            .formatted(before.scope(), now.scope()));
  }

  @Override
  public void perform(Effect effect, Recorded recorded) {
    effect.fold(
        new Effect.Cases<Void>() {
          @Override
          public Void takeLease(Effect.TakeLease take) {
            tenure.take();
            return null;
          }

          @Override
          public Void giveLeaseBack(Effect.GiveLeaseBack give) {
            tenure.giveBack();
            return null;
          }

          @Override
          public Void submit(Effect.Submit submit) {
            if (tenure.mayAct()) {
              steps.submit(submit.intent(), bound(recorded), around.wake());
            }
            return null;
          }

          @Override
          public Void kill(Effect.Kill kill) {
            if (tenure.mayAct()) {
              steps.kill(kill.intent(), step(recorded));
            }
            return null;
          }

          @Override
          public Void rest(Effect.Rest rest) {
            if (tenure.mayAct()) {
              steps.rest(rest.intent(), step(recorded));
            }
            return null;
          }

          @Override
          public Void scaleWorkers(Effect.ScaleWorkers scale) {
            if (tenure.mayAct()) {
              around.workers().scale(key.namespace(), scale.workers());
            }
            return null;
          }

          /** Also without the lease: a run whose ledger was lost is restored from its status. */
          @Override
          public Void restoreWorkers(Effect.RestoreWorkers restore) {
            if (ledgerLost.getAsBoolean() || tenure.mayAct()) {
              around.workers().restore(key.namespace(), restore.workers());
            }
            return null;
          }

          @Override
          public Void addFinalizer(Effect.AddFinalizer add) {
            around.finalizer().add();
            return null;
          }

          @Override
          public Void removeFinalizer(Effect.RemoveFinalizer remove) {
            around.leavings().run();
            tenure.letExpire();
            around.finalizer().remove();
            return null;
          }
        });
  }

  private Observed observed(
      Optional<Problem> obstacle,
      boolean lost,
      LeaseView lease,
      EffectView effect,
      WorkersView workers,
      Optional<Servers> servers,
      List<NodeRef> nodes) {
    return new Observed(
        obstacle,
        Optional.empty(),
        true,
        false,
        Optional.empty(),
        lost,
        lease,
        effect,
        workers,
        Optional.empty(),
        false,
        around.nextRunId(),
        servers,
        around.finalizer().present(),
        Optional.empty(),
        nodes,
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  /**
   * Looked at anew before an intent for ClickHouse is written, which says for which start of the
   * server it is; nothing else has to wait for a node that is away.
   */
  private List<ClickHouseNode> nodes(Recorded recorded) {
    boolean willIntend =
        recorded.phase().active()
            && recorded
                .run()
                .filter(run -> run.intent().isEmpty())
                .flatMap(Run::step)
                .map(Steps::targetOf)
                .filter(target -> target == Steps.Target.CLICKHOUSE)
                .isPresent();
    return willIntend ? session.clickHouse().refresh() : session.clickHouse().nodes();
  }

  private List<NodeRef> next(Recorded recorded, List<ClickHouseNode> nodes) {
    return recorded
        .run()
        .flatMap(Run::step)
        .map(
            step ->
                switch (Steps.targetOf(step)) {
                  case CLICKHOUSE -> ClickHouseNode.targets(nodes, step.on());
                  case POSTGRESQL -> List.of(session.postgres().node());
                  case KUBERNETES -> List.of(KUBERNETES);
                })
        .orElse(List.of());
  }

  /** Asked only where somebody wants to go back. */
  private boolean reverseWindowClosed(Desired desired, Recorded recorded) {
    return desired.wish() == Wish.ROLLED_BACK
        && recorded.phase() == Phase.COMPLETED
        && recorded
            .run()
            .filter(run -> new Backups(session.clickHouse()).gone(run.plan()))
            .isPresent();
  }

  /** What the Deployment has that the next step scales, to be recorded before it does. */
  private Sighting hold(Recorded recorded) {
    return scalesNext(recorded)
        .map(
            step ->
                around
                    .workers()
                    .sizeOf(key.namespace(), step.deployment(), step.replicas().orElseThrow()))
        .orElseGet(() -> new Sighting.Seen(WorkersView.none()));
  }

  private static Optional<Step.ScaleDeployment> scalesNext(Recorded recorded) {
    Optional<Run> run = recorded.run().filter(r -> r.intent().isEmpty() && r.ending().isEmpty());
    if (recorded.phase() == Phase.STARTING) {
      return run.flatMap(Run::toHoldAgain);
    }
    return run.filter(r -> recorded.phase() == Phase.RUNNING).flatMap(Run::toHoldNext);
  }

  private EffectView effect(Recorded recorded) {
    Optional<Intent> intent = recorded.run().flatMap(Run::intent);
    return intent.isPresent() && tenure.held().isPresent()
        ? steps.observe(intent.get(), step(recorded), tenure.held().get())
        : EffectView.NONE;
  }

  /** With the values of the item that it runs for. */
  private Step bound(Recorded recorded) {
    Run run = recorded.theRun();
    Step step = step(recorded);
    if (run.item().isEmpty()) {
      return step;
    }
    return step.binding(
        session
            .items()
            .read(
                key,
                run.id(),
                run.next().sequence(),
                run.item().getAsInt(),
                run.list().orElseThrow().columns()));
  }

  private static Step step(Recorded recorded) {
    return recorded.theRun().step().orElseThrow();
  }

  /**
   * Looked at where a run begins or ends; in between nothing depends on them, and before it only
   * whether they are there.
   */
  private Sighting workers(Recorded recorded) {
    Phase phase = recorded.phase();
    Optional<Run> run = recorded.run();
    boolean ending = run.flatMap(Run::ending).isPresent() && phase.active();
    if (ledgerLost.getAsBoolean()) {
      return new Sighting.Seen(run.map(this::asWeLeftIt).orElseGet(WorkersView::none));
    }
    if (ending || phase == Phase.PAUSED) {
      return recorded(run.flatMap(r -> r.toRestore(phase == Phase.PAUSED)));
    }
    if (phase == Phase.STARTING && run.flatMap(Run::toHold).isPresent()) {
      return new Sighting.Seen(
          around.workers().settled(key.namespace(), run.flatMap(Run::toHold).orElseThrow()));
    }
    if (phase == Phase.NOT_STARTED) {
      return around
          .workerTrouble()
          .get()
          .<Sighting>map(Sighting.Trouble::new)
          .orElseGet(() -> new Sighting.Seen(WorkersView.none()));
    }
    return phase == Phase.STARTING
        ? around.workers().observe(key.namespace(), wantedWorker, run.flatMap(Run::workers))
        : new Sighting.Seen(WorkersView.none());
  }

  /** The first that has something to put back: nothing of it can be recorded. */
  private WorkersView asWeLeftIt(Run run) {
    return run.notRestored().stream()
        .map(workers -> recorded(Optional.of(workers)).view())
        .filter(WorkersView::asWeLeftIt)
        .findFirst()
        .orElseGet(WorkersView::none);
  }

  private Sighting recorded(Optional<Workers> workers) {
    return around.workers().observe(key.namespace(), Optional.empty(), workers);
  }

  private WorkersView workersOfLostRun(Recorded recorded) {
    return workers(recorded).view();
  }
}
