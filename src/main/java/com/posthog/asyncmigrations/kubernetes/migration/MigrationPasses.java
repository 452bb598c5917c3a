package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.check.Inspections;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Dependencies;
import com.posthog.asyncmigrations.core.decide.Decision;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Effect;
import com.posthog.asyncmigrations.core.decide.Event;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.Pass;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.status.Notices;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import com.posthog.asyncmigrations.kubernetes.instance.Sessions;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import com.posthog.asyncmigrations.kubernetes.worker.InstalledVersion;
import com.posthog.asyncmigrations.kubernetes.worker.WorkerDeployment;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Steps;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together the parts of a pass over one resource, and tells people what came of it. */
public final class MigrationPasses {
  private static final Logger LOG = LoggerFactory.getLogger(MigrationPasses.class);

  /** What was asked of a server takes a moment to be seen; the end of a step wakes us before. */
  private static final Duration AFTER_ACT = Duration.ofMillis(250);

  /** Each asks every server. */
  private static final Duration AFTER_KILL = Duration.ofSeconds(1);

  private final Sessions sessions;
  private final WorkerDeployment workers;
  private final InstalledVersion installed;
  private final InstanceWatches watches;
  private final Flights flights;
  private final Inspections inspections;
  private final EventRecorder events;
  private final ProgressRate rate;
  private final LeaseWaiters waiters = new LeaseWaiters();
  private final Supplier<String> runIds;
  private final Clock clock;

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
      Supplier<String> runIds,
      Clock clock) {
    this.sessions = sessions;
    this.workers = new WorkerDeployment(client, clock);
    this.installed = new InstalledVersion(watches);
    this.watches = watches;
    this.flights = flights;
    this.inspections = inspections;
    this.events = new EventRecorder(client, clock);
    this.rate = new ProgressRate(clock);
    this.runIds = runIds;
    this.clock = clock;
  }

  /**
   * When the next pass is due.
   *
   * @param after absent for what passes by itself, at growing distances
   * @param why what is waited for
   */
  record Due(Optional<Duration> after, Reason why) {}

  /** Tells of every instance something of which has changed; from another thread. */
  void onChange(Consumer<ResourceID> listener) {
    watches.onChange(listener);
  }

  ResourceStatus statusOf(AsyncMigration migration, Context<AsyncMigration> context) {
    return new ResourceStatus(migration, context, clock, rate);
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
    Session session = sessions.open(instance);
    Steps steps = session.steps(key, flights, clock);
    Tenure tenure = new Tenure(session, key);
    RunLedger ledger = new RunLedger(session.ledger(), key, status.current().orElse(null), tenure);
    MigrationWorld world =
        new MigrationWorld(
            key,
            session,
            steps,
            tenure,
            ledger::lost,
            Optional.ofNullable(instance.getSpec().worker()),
            new Checkup(
                inspections, checksOf(migration, instance, neighbours), session, clock, wake),
            new Surroundings(workers, () -> workerTrouble(instance), runIds.get(), wake));
    Desired desired = DesiredReader.read(migration.getSpec(), instance.getSpec(), false);
    Choice choice = new Pass(ledger, status, world, clock).run(desired);
    tell(migration, ledger.newest(), choice);
    if (choice.arrow().event() == Event.LEASE_TAKEN) {
      waiters.waits(tenure.scope(), migration.getMetadata().getUid(), wake);
    }
    if (choice.arrow().event() == Event.LEASE_NOT_NEEDED) {
      waiters.freed(tenure.scope());
    }
    return due(choice);
  }

  private Optional<Problem> workerTrouble(PostHogInstance instance) {
    return Optional.ofNullable(instance.getSpec().worker())
        .flatMap(
            worker -> WorkerDeployment.trouble(watches, ResourceID.fromResource(instance), worker));
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

  private void tell(AsyncMigration migration, Recorded before, Choice choice) {
    LOG.debug("{} {} -> {}", choice.arrow().from(), choice.arrow().event(), choice.arrow().to());
    if (choice.decision() instanceof Decision.Write write) {
      settled(before, write.next()).ifPresent(intent -> flights.forget(intent.effectId()));
    }
    Notices.of(before, choice).forEach(notice -> events.record(migration, notice));
  }

  /** The intent whose outcome was recorded just now. */
  private static Optional<Intent> settled(Recorded before, Recorded next) {
    return before
        .run()
        .flatMap(Run::intent)
        .filter(intent -> next.run().flatMap(Run::intent).isEmpty());
  }

  private static Due due(Choice choice) {
    boolean watchesHealth =
        choice.arrow().from().active() && !choice.desired().checks().healthchecks().isEmpty();
    return choice
        .decision()
        .fold(
            new Decision.Cases<>() {
              @Override
              public Due hold(Decision.Hold hold) {
                boolean passesByItself =
                    choice.arrow().event() == Event.OBSTACLE
                        || choice.arrow().event() == Event.LEASE_TAKEN;
                Duration recheck =
                    watchesHealth ? shorter(hold.recheck(), Checkup.HEALTH) : hold.recheck();
                return new Due(
                    passesByItself ? Optional.empty() : Optional.of(recheck), hold.why().reason());
              }

              @Override
              public Due write(Decision.Write write) {
                return new Due(Optional.of(Duration.ZERO), Reason.Running);
              }

              @Override
              public Due perform(Decision.Perform perform) {
                return new Due(Optional.of(after(perform.effect())), Reason.Running);
              }
            });
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration after(Effect effect) {
    if (effect instanceof Effect.TakeLease || effect instanceof Effect.GiveLeaseBack) {
      return Duration.ZERO;
    }
    return effect instanceof Effect.Kill ? AFTER_KILL : AFTER_ACT;
  }
}
