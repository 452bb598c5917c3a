package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Conditions;
import com.posthog.asyncmigrations.core.status.Notices;
import com.posthog.asyncmigrations.kubernetes.Backoff;
import com.posthog.asyncmigrations.kubernetes.KubernetesProblems;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.telemetry.MigrationSample;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Reconciles a migration, one pass at a time. It never waits for a database to finish something.
 */
@ControllerConfiguration(
    name = "asyncmigration",
    fieldManager = StatusApply.FIELD_MANAGER,
    triggerReconcilerOnAllEvents = true)
public final class MigrationReconciler implements Reconciler<AsyncMigration> {
  private static final Logger LOG = LoggerFactory.getLogger(MigrationReconciler.class);

  /** Somebody else has written meanwhile: long enough for the news to arrive. */
  private static final Duration DECIDE_AGAIN = Duration.ofMillis(200);

  private final MigrationPasses passes;
  private final Backoff backoff = new Backoff(Duration.ofSeconds(1));
  private final SimpleInboundEventSource<AsyncMigration> woken =
      new SimpleInboundEventSource<>("woken");
  private Dependents dependents = new Dependents(instance -> List.of());
  private Optional<InformerEventSource<PostHogInstance, AsyncMigration>> instances =
      Optional.empty();
  private volatile Supplier<Stream<AsyncMigration>> known = Stream::empty;
  private final Telemetry telemetry;

  /** Reconciles with these passes. */
  public MigrationReconciler(MigrationPasses passes, Telemetry telemetry) {
    this.passes = passes;
    this.telemetry = telemetry;
  }

  /** All migrations that this process watches, as they stand now. */
  public List<MigrationSample> samples() {
    return known.get().map(MigrationSamples::of).toList();
  }

  @Override
  public List<EventSource<?, AsyncMigration>> prepareEventSources(
      EventSourceContext<AsyncMigration> context) {
    InformerEventSource<PostHogInstance, AsyncMigration> informer =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(PostHogInstance.class, AsyncMigration.class)
                .withNamespacesInheritedFromController()
                .withPrimaryToSecondaryMapper(
                    (AsyncMigration migration) -> Set.of(instanceOf(migration)))
                .withSecondaryToPrimaryMapper(
                    instance ->
                        context
                            .getPrimaryCache()
                            .list(
                                instance.getMetadata().getNamespace(),
                                m -> instanceOf(m).isSameResource(instance))
                            .map(ResourceID::fromResource)
                            .collect(Collectors.toSet()))
                .build(),
            context);
    instances = Optional.of(informer);
    known = () -> context.getPrimaryCache().list();
    dependents =
        new Dependents(
            instance ->
                context
                    .getPrimaryCache()
                    .list(
                        instance.getNamespace().orElseThrow(), m -> instanceOf(m).equals(instance))
                    .toList());
    passes.onChange(
        instance ->
            dependents.of(instance).map(ResourceID::fromResource).forEach(woken::propagateEvent));
    return List.of(informer, woken);
  }

  @Override
  public UpdateControl<AsyncMigration> reconcile(
      AsyncMigration migration, Context<AsyncMigration> context) {
    if (context.isPrimaryResourceDeleted()) {
      return UpdateControl.noUpdate();
    }
    ResourceID id = ResourceID.fromResource(migration);
    MDC.put("migration", migration.getMetadata().getNamespace() + "/" + id.getName());
    try {
      return UpdateControl.<AsyncMigration>noUpdate().rescheduleAfter(pass(migration, context, id));
    } finally {
      MDC.remove("migration");
    }
  }

  private Duration pass(AsyncMigration migration, Context<AsyncMigration> context, ResourceID id) {
    String uid = migration.getMetadata().getUid();
    ResourceStatus status = passes.statusOf(migration, context);
    try {
      PostHogInstance instance =
          instances
              .flatMap(i -> i.get(instanceOf(migration)))
              .or(() -> lastSeen(migration))
              .orElseThrow(() -> gone(migration));
      Due next =
          passes.pass(
              migration,
              instance,
              status,
              () -> dependents.neighboursOf(migration),
              () -> woken.propagateEvent(id));
      dependents.settled(status.resource(), woken::propagateEvent);
      next.after().ifPresent(time -> backoff.reset(uid));
      return status.lookAgain(next.after().orElseGet(() -> backoff.next(uid, next.why())));
    } catch (ProblemException problem) {
      return hold(migration, status, problem.problem());
    } catch (Ledger.Overtaken overtaken) {
      return decideAgain(overtaken);
    } catch (OperatorException wrapped) {
      return wrapped.getCause() instanceof KubernetesClientException refused
          ? refused(migration, status, refused)
          : decideAgain(wrapped);
    } catch (KubernetesClientException refused) {
      return refused(migration, status, refused);
    } catch (RuntimeException fault) {
      LOG.error("A pass has failed", fault);
      return hold(
          migration,
          status,
          new Problem(
              Reason.InternalError, "see the operator's log: " + fault.getClass().getName()));
    }
  }

  private Duration refused(
      AsyncMigration migration, ResourceStatus status, KubernetesClientException refused) {
    if (refused.getCode() == HttpURLConnection.HTTP_CONFLICT) {
      return decideAgain(refused);
    }
    Problem problem = KubernetesProblems.of(refused);
    return hold(migration, status, problem);
  }

  /**
   * What is in the way before anything can be decided; of no interest where nothing is to be done.
   */
  private Duration hold(AsyncMigration migration, ResourceStatus status, Problem problem) {
    if (passes.abandons(migration, status, problem)) {
      return DECIDE_AGAIN;
    }
    LOG.debug("Held: {}", problem.message());
    telemetry.passFailed("asyncmigration", problem.reason());
    if (!status.isAtRest()) {
      Notices.Shown shown = status.shown();
      try {
        status.publish(Conditions.only(Condition.Type.Reconciling, problem));
      } catch (KubernetesClientException | OperatorException conflict) {
        return decideAgain(conflict);
      }
      passes.tellHeld(migration, problem, shown);
    }
    return backoff.next(migration.getMetadata().getUid(), problem.reason());
  }

  private static Duration decideAgain(RuntimeException why) {
    LOG.debug("Decide again: {}", why.getMessage());
    return DECIDE_AGAIN;
  }

  private Optional<PostHogInstance> lastSeen(AsyncMigration migration) {
    return migration.isMarkedForDeletion()
        ? passes.lastSeen(instanceOf(migration))
        : Optional.empty();
  }

  private ProblemException gone(AsyncMigration migration) {
    passes.forget(instanceOf(migration));
    return new ProblemException(missing(migration));
  }

  private static Problem missing(AsyncMigration migration) {
    return new Problem(
        Reason.InstanceMissing,
        "there is no PostHogInstance %s in namespace %s"
            .formatted(
                migration.getSpec().instanceRef().name(), migration.getMetadata().getNamespace()));
  }

  static ResourceID instanceOf(AsyncMigration migration) {
    return new ResourceID(
        migration.getSpec().instanceRef().name(), migration.getMetadata().getNamespace());
  }
}
