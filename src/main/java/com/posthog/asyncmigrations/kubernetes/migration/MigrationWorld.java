package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.check.Finding;
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
import com.posthog.asyncmigrations.core.decide.WorkersView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import com.posthog.asyncmigrations.kubernetes.worker.Sighting;
import com.posthog.asyncmigrations.operation.Steps;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The databases and the worker of one migration, looked at as far as the next decision needs it.
 */
final class MigrationWorld implements Pass.World {
  private static final NodeRef NOWHERE = new NodeRef("none", "", "", Instant.EPOCH, Instant.EPOCH);

  private final MigrationKey key;
  private final Session session;
  private final Steps steps;
  private final Tenure tenure;
  private final BooleanSupplier ledgerLost;
  private final Optional<PostHogInstanceSpec.Worker> wantedWorker;
  private final Checkup checkup;
  private final Surroundings around;

  MigrationWorld(
      MigrationKey key,
      Session session,
      Steps steps,
      Tenure tenure,
      BooleanSupplier ledgerLost,
      Optional<PostHogInstanceSpec.Worker> wantedWorker,
      Checkup checkup,
      Surroundings around) {
    this.key = key;
    this.session = session;
    this.steps = steps;
    this.tenure = tenure;
    this.ledgerLost = ledgerLost;
    this.wantedWorker = wantedWorker;
    this.checkup = checkup;
    this.around = around;
  }

  @Override
  public Observed observe(Desired desired, Recorded recorded) {
    try {
      List<ClickHouseNode> nodes = nodes(recorded);
      LeaseView lease = tenure.look(nodes);
      Sighting workers = workers(recorded);
      Optional<Problem> trouble =
          workers instanceof Sighting.Trouble t ? Optional.of(t.problem()) : Optional.empty();
      WorkersView view = workers instanceof Sighting.Seen seen ? seen.view() : WorkersView.none();
      Gate.Answer gate = checkup.gate(desired, recorded, lease);
      Health health = checkup.health(desired, recorded);
      List<Finding> findings =
          Stream.concat(gate.findings().stream(), health.findings().stream()).toList();
      return new Observed(
          trouble.or(gate::obstacle),
          Checkpoint.refusal(recorded, gate),
          gate.required(),
          false,
          ledgerLost.getAsBoolean(),
          lease,
          effect(recorded),
          view,
          health.unhealthy(),
          false,
          around.nextRunId(),
          next(recorded, nodes),
          health.holding(),
          findings);
    } catch (ProblemException unreachable) {
      return unreachable(
          unreachable.problem(),
          recorded,
          ledgerLost.getAsBoolean() ? workersOfLostRun(recorded) : WorkersView.none());
    }
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
              steps.submit(submit.intent(), step(recorded), around.wake());
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
        });
  }

  private Observed unreachable(Problem why, Recorded recorded, WorkersView workers) {
    Gate.Answer nothing =
        new Gate.Answer(Optional.of(why), Optional.empty(), true, false, List.of());
    return new Observed(
        Optional.of(why),
        Checkpoint.refusal(recorded, nothing),
        true,
        false,
        ledgerLost.getAsBoolean(),
        new LeaseView.NotAsked(),
        EffectView.NONE,
        workers,
        Optional.empty(),
        false,
        around.nextRunId(),
        NOWHERE,
        Optional.empty(),
        List.of());
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
                .map(Steps::databaseOf)
                .filter(database -> database == Step.DatabaseKind.CLICKHOUSE)
                .isPresent();
    return willIntend ? session.clickHouse().refresh() : session.clickHouse().nodes();
  }

  private NodeRef next(Recorded recorded, List<ClickHouseNode> nodes) {
    boolean onPostgres =
        recorded
            .run()
            .flatMap(Run::step)
            .map(Steps::databaseOf)
            .filter(database -> database == Step.DatabaseKind.POSTGRESQL)
            .isPresent();
    return onPostgres ? session.postgres().node() : nodes.get(0).ref();
  }

  private EffectView effect(Recorded recorded) {
    Optional<Intent> intent = recorded.run().flatMap(Run::intent);
    return intent.isPresent() && tenure.held().isPresent()
        ? steps.observe(intent.get(), step(recorded), tenure.held().get())
        : EffectView.NONE;
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
    boolean ending = recorded.run().flatMap(Run::ending).isPresent() && phase.active();
    boolean searching = phase == Phase.STARTING;
    if (phase == Phase.NOT_STARTED && !ledgerLost.getAsBoolean()) {
      return around
          .workerTrouble()
          .get()
          .<Sighting>map(Sighting.Trouble::new)
          .orElseGet(() -> new Sighting.Seen(WorkersView.none()));
    }
    if (!ending && !searching && phase != Phase.PAUSED && !ledgerLost.getAsBoolean()) {
      return new Sighting.Seen(WorkersView.none());
    }
    return around
        .workers()
        .observe(
            key.namespace(),
            searching ? wantedWorker : Optional.empty(),
            recorded.run().flatMap(Run::workers));
  }

  private WorkersView workersOfLostRun(Recorded recorded) {
    return workers(recorded) instanceof Sighting.Seen seen ? seen.view() : WorkersView.none();
  }
}
