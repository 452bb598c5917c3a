package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.check.Inspections;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Recent;
import com.posthog.asyncmigrations.core.check.Dependencies;
import com.posthog.asyncmigrations.core.decide.Decision;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Event;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.Pass;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.status.Notice;
import com.posthog.asyncmigrations.core.status.Notices;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import com.posthog.asyncmigrations.kubernetes.instance.Sessions;
import com.posthog.asyncmigrations.kubernetes.job.JobRuns;
import com.posthog.asyncmigrations.kubernetes.job.JobSweep;
import com.posthog.asyncmigrations.kubernetes.job.JobWatches;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import com.posthog.asyncmigrations.kubernetes.worker.DeploymentScaling;
import com.posthog.asyncmigrations.kubernetes.worker.InstalledVersion;
import com.posthog.asyncmigrations.kubernetes.worker.WorkerDeployment;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Steps;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together the parts of a pass over one resource, and tells people what came of it. */
public final class MigrationPasses {
  private static final Logger LOG = LoggerFactory.getLogger(MigrationPasses.class);

  private final Sessions sessions;
  private final WorkerDeployment workers;
  private final KubernetesClient client;
  private final JobWatches jobs = new JobWatches();
  private final Deletions deletions;
  private final InstalledVersion installed;
  private final InstanceWatches watches;
  private final Flights flights;
  private final Inspections inspections;
  private final DryRuns dryRuns;
  private final EventRecorder events;
  private final ProgressRate rate;
  private final Paces paces = new Paces();
  private final LeaseWaiters waiters = new LeaseWaiters();
  private final Supplier<String> runIds;
  private final Clock clock;
  private final Telemetry telemetry;
  private final StepCounts steps;

  /** Why PostHog's row of a migration was not written the last time. */
  private final Map<String, Reason> unmirrored = Recent.map();

  /**
   * Passes with the rights of this client.
   *
   * @param runIds eight hexadecimal digits, others each time
   */
  public MigrationPasses(
      KubernetesClient client,
      InstanceWatches watches,
      Sessions sessions,
      Flights flights,
      Inspections inspections,
      DryRuns dryRuns,
      Supplier<String> runIds,
      Clock clock,
      Telemetry telemetry) {
    this.telemetry = telemetry;
    this.steps = new StepCounts(telemetry);
    this.sessions = sessions;
    this.workers = new WorkerDeployment(client, clock);
    this.client = client;
    this.deletions = new Deletions(client);
    this.installed = new InstalledVersion(watches);
    this.watches = watches;
    this.inspections = inspections;
    this.dryRuns = dryRuns;
    this.flights = flights;
    this.events = new EventRecorder(client, clock, telemetry);
    this.rate = new ProgressRate(clock);
    this.runIds = runIds;
    this.clock = clock;
  }

  /** Tells of every instance something of which has changed; from another thread. */
  void onChange(Consumer<ResourceID> listener) {
    watches.onChange(listener);
  }

  ResourceStatus statusOf(AsyncMigration migration, Context<AsyncMigration> context) {
    return new ResourceStatus(migration, context, clock, rate, paces, telemetry);
  }

  /** An instance is gone: what it was connected to is let go. */
  void forget(ResourceID instance) {
    sessions.close(instance.getNamespace().orElseThrow(), instance.getName());
    watches.forget(instance);
  }

  /**
   * One pass.
   *
   * @param neighbours the migrations of the same instance
   * @param wake called when a step that it started has ended, or a check was made; from another
   *     thread
   * @return when the next one is due
   */
  Due pass(
      AsyncMigration migration,
      PostHogInstance instance,
      ResourceStatus status,
      Supplier<List<Dependencies.Neighbour>> neighbours,
      Runnable wake) {
    MigrationKey key =
        new MigrationKey(
            migration.getMetadata().getNamespace(),
            migration.getMetadata().getName(),
            migration.getSpec().migration());
    Notices.Shown shown = status.shown();
    Optional<Desired.Deletion> deletion = Deletions.of(migration);
    Session session =
        deletion.isPresent() ? sessions.openOrKept(instance) : sessions.open(instance);
    Tenure tenure = new Tenure(session, key);
    RunLedger ledger = new RunLedger(session.ledger(), key, status.current().orElse(null), tenure);
    session.copies().limit(key, LimitsReader.read(migration.getSpec().limits()));
    Steps steps = session.steps(key, flights, clock, onKubernetes(migration, ledger));
    Mirror mirror =
        new Mirror(
            session.postHog(),
            key,
            DesiredReader.mirrorMode(migration.getSpec()),
            DesiredReader.definition(migration.getSpec()));
    MigrationWorld world =
        new MigrationWorld(
            key,
            session,
            steps,
            tenure,
            mirror,
            ledger::lost,
            Optional.ofNullable(instance.getSpec().worker()),
            new Checkup(
                inspections, checksOf(migration, instance, neighbours), session, clock, wake),
            (wanted, recorded) ->
                dryRuns.newest(dryRunOf(key, migration, instance), session, wanted, recorded, wake),
            new Surroundings(
                workers,
                () -> {
                  mirror.letGo(ledger.newest(), status.progress());
                  JobSweep.removeAll(client, key.namespace(), key.name());
                },
                status,
                () -> workerTrouble(instance),
                runIds.get(),
                wake));
    Desired asked = DesiredReader.read(migration.getSpec(), instance.getSpec());
    Desired desired = deletion.map(asked::deleted).orElse(asked);
    Choice choice = new Pass(ledger, status, world, clock).run(desired);
    tell(migration, ledger.newest(), choice, shown);
    settle(steps, ledger.newest(), choice);
    if (choice.arrow().event() == Event.LEASE_TAKEN) {
      waiters.waits(tenure.servers().scope(), migration.getMetadata().getUid(), wake);
    }
    if (choice.arrow().event() == Event.LEASE_NOT_NEEDED) {
      waiters.freed(tenure.servers().scope());
    }
    boolean nothingToTell = ledger.lost() || choice.arrow().event() == Event.DELETION_ABANDONED;
    boolean mirrored =
        nothingToTell || mirrored(migration, mirror, after(ledger.newest(), choice), status);
    return Due.of(choice, mirrored);
  }

  private Optional<Problem> workerTrouble(PostHogInstance instance) {
    return Optional.ofNullable(instance.getSpec().worker())
        .flatMap(
            worker -> WorkerDeployment.trouble(watches, ResourceID.fromResource(instance), worker));
  }

  private static DryRuns.Of dryRunOf(
      MigrationKey key, AsyncMigration migration, PostHogInstance instance) {
    return new DryRuns.Of(
        key,
        migration.getMetadata().getUid(),
        key.namespace() + "/" + instance.getMetadata().getName());
  }

  private Checkup.Of checksOf(
      AsyncMigration migration,
      PostHogInstance instance,
      Supplier<List<Dependencies.Neighbour>> neighbours) {
    String namespace = instance.getMetadata().getNamespace();
    return new Checkup.Of(
        migration.getMetadata().getUid(),
        migration.getSpec().migration(),
        namespace + "/" + instance.getMetadata().getName(),
        () -> installed.read(instance),
        neighbours);
  }

  /** An instance as it was seen last, for a migration that must end without it. */
  Optional<PostHogInstance> lastSeen(ResourceID instance) {
    return sessions.lastSeen(instance.getNamespace().orElseThrow(), instance.getName());
  }

  /**
   * Lets a resource be deleted whose databases cannot be used any more, when it has waited long
   * enough.
   *
   * @return whether it may go
   */
  boolean abandons(AsyncMigration migration, ResourceStatus status, Problem why) {
    boolean abandons = status.present() && deletions.giveUp(migration, why, clock.instant());
    if (abandons) {
      String left = Notices.left(StatusRecord.read(migration.getStatus()));
      events.record(
          migration, new Notice(true, Reason.DeletionAbandoned, why.message() + ": " + left));
      status.remove();
    }
    return abandons;
  }

  /** Tells people of what is in the way of a pass, when that is news. */
  void tellHeld(AsyncMigration migration, Problem why, Notices.Shown shown) {
    Notices.held(why, shown).ifPresent(notice -> events.record(migration, notice));
  }

  private void tell(AsyncMigration migration, Recorded before, Choice choice, Notices.Shown shown) {
    LOG.debug("{} {} -> {}", choice.arrow().from(), choice.arrow().event(), choice.arrow().to());
    if (choice.decision() instanceof Decision.Write write) {
      steps.count(before, write.next(), choice, clock.instant());
      settled(before, write.next())
          .ifPresent(intent -> intent.effectIds().forEach(flights::forget));
    }
    Notices.of(before, choice, shown).forEach(notice -> events.record(migration, notice));
  }

  private Steps.OnKubernetes onKubernetes(AsyncMigration migration, RunLedger ledger) {
    return new Steps.OnKubernetes(
        new DeploymentScaling(
            workers,
            flights,
            migration.getMetadata().getNamespace(),
            () -> ledger.newest().run().map(Run::held).orElse(List.of())),
        new JobRuns(client, migration, jobs, clock));
  }

  private void settle(Steps steps, Recorded before, Choice choice) {
    if (choice.decision() instanceof Decision.Write write) {
      settled(before, write.next())
          .ifPresent(
              intent -> {
                intent.effectIds().forEach(flights::forget);
                before.theRun().step().ifPresent(step -> steps.settled(intent, step));
              });
    }
  }

  private static Recorded after(Recorded before, Choice choice) {
    return choice.decision() instanceof Decision.Write write ? write.next() : before;
  }

  /** What PostHog's row could not be told does not fail the run; it is told later. */
  private boolean mirrored(
      AsyncMigration migration, Mirror mirror, Recorded recorded, ResourceStatus status) {
    String uid = migration.getMetadata().getUid();
    try {
      boolean said = mirror.reflect(recorded, status.progress());
      if (said) {
        unmirrored.remove(uid);
      }
      return said;
    } catch (ProblemException unwritten) {
      Problem problem =
          unwritten.problem().at("posthog_asyncmigration was not written, and is tried again");
      telemetry.passFailed("posthog_row", problem.reason());
      if (unmirrored.put(uid, problem.reason()) != problem.reason()) {
        events.record(migration, new Notice(true, problem.reason(), problem.message()));
      }
      return false;
    }
  }

  /** The intent whose outcome was recorded just now. */
  private static Optional<Intent> settled(Recorded before, Recorded next) {
    return before
        .run()
        .flatMap(Run::intent)
        .filter(intent -> next.run().flatMap(Run::intent).isEmpty());
  }
}
