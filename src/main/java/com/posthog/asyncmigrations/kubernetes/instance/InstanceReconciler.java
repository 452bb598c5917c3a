package com.posthog.asyncmigrations.kubernetes.instance;

import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceStatus;
import com.posthog.asyncmigrations.api.PostHogInstanceStatus.NodeStatus;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.SeenVersion;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Conditions;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.kubernetes.Backoff;
import com.posthog.asyncmigrations.kubernetes.ConditionList;
import com.posthog.asyncmigrations.kubernetes.KubernetesProblems;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import com.posthog.asyncmigrations.kubernetes.worker.InstalledVersion;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Says of an instance whether its databases can be used, and which nodes they have; and lets go
 * what one that is gone had referred to.
 */
@ControllerConfiguration(
    name = "posthoginstance",
    fieldManager = StatusApply.FIELD_MANAGER,
    triggerReconcilerOnAllEvents = true)
public final class InstanceReconciler implements Reconciler<PostHogInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(InstanceReconciler.class);
  private static final Duration AGAIN = Duration.ofMinutes(1);
  private static final int MOST_NODES = 100;
  private static final int LONGEST_SOURCE = 500;

  private final Sessions sessions;
  private final InstanceWatches watches;
  private final InstalledVersion installed;
  private final SimpleInboundEventSource<PostHogInstance> woken =
      new SimpleInboundEventSource<>("watched");
  private final Backoff backoff = new Backoff(Duration.ofSeconds(5));
  private final Clock clock;
  private final Telemetry telemetry;

  /** Looks through these sessions. */
  public InstanceReconciler(
      Sessions sessions, InstanceWatches watches, Clock clock, Telemetry telemetry) {
    this.telemetry = telemetry;
    this.sessions = sessions;
    this.watches = watches;
    this.installed = new InstalledVersion(watches);
    this.clock = clock;
  }

  /** What was found of an instance. */
  private record Finding(List<NodeStatus> nodes, Condition.Type type, Problem why) {}

  @Override
  public List<EventSource<?, PostHogInstance>> prepareEventSources(
      EventSourceContext<PostHogInstance> context) {
    watches.onChange(woken::propagateEvent);
    return List.of(woken);
  }

  @Override
  public UpdateControl<PostHogInstance> reconcile(
      PostHogInstance instance, Context<PostHogInstance> context) {
    String name = instance.getMetadata().getNamespace() + "/" + instance.getMetadata().getName();
    MDC.put("instance", name);
    try {
      if (context.isPrimaryResourceDeleted()) {
        sessions.close(instance.getMetadata().getNamespace(), instance.getMetadata().getName());
        watches.forget(ResourceID.fromResource(instance));
        return UpdateControl.noUpdate();
      }
      watches.keep(instance);
      Finding finding = look(instance);
      if (finding.type() != Condition.Type.Ready) {
        telemetry.passFailed("posthoginstance", finding.why().reason());
      }
      publish(instance, finding, context);
      return UpdateControl.<PostHogInstance>noUpdate()
          .rescheduleAfter(lookAgain(instance.getMetadata().getUid(), finding));
    } finally {
      MDC.remove("instance");
    }
  }

  /** Who is away for long does not keep a thread from others most of the time. */
  private Duration lookAgain(String uid, Finding finding) {
    if (finding.type() == Condition.Type.Ready) {
      backoff.reset(uid);
      return AGAIN;
    }
    return backoff.next(uid, finding.why().reason());
  }

  private Finding look(PostHogInstance instance) {
    try {
      Session session = sessions.open(instance);
      List<ClickHouseNode> nodes = session.clickHouse().refresh();
      String postgres = session.postgres().node().address();
      return new Finding(
          nodes.stream().limit(MOST_NODES).map(InstanceReconciler::status).toList(),
          Condition.Type.Ready,
          new Problem(
              Reason.Connected,
              "%d ClickHouse nodes and PostgreSQL at %s answer".formatted(nodes.size(), postgres)));
    } catch (ProblemException problem) {
      return new Finding(List.of(), Condition.Type.Reconciling, problem.problem());
    } catch (KubernetesClientException refused) {
      return new Finding(List.of(), Condition.Type.Reconciling, KubernetesProblems.of(refused));
    }
  }

  private void publish(
      PostHogInstance instance, Finding finding, Context<PostHogInstance> context) {
    Optional<PostHogInstanceStatus> before = Optional.ofNullable(instance.getStatus());
    SeenVersion version = version(instance);
    StatusTime time = new StatusTime(instance.getMetadata().getGeneration(), clock.instant());
    PostHogInstanceStatus next =
        new PostHogInstanceStatus(
            time.generation(),
            version.version().map(Version::toString).orElse(null),
            Excerpt.of(version.source(), LONGEST_SOURCE),
            finding.nodes(),
            ConditionList.render(
                Conditions.only(finding.type(), finding.why()),
                before.map(PostHogInstanceStatus::conditions).orElse(null),
                time));
    if (before.filter(next::equals).isPresent()) {
      return;
    }
    LOG.atInfo()
        .addKeyValue("reason", finding.why().reason())
        .log("{}: {}", finding.why().reason(), finding.why().message());
    PostHogInstance fresh = StatusApply.fresh(instance, new PostHogInstance());
    fresh.setStatus(next);
    try {
      StatusApply.apply(context.getClient(), fresh);
      telemetry.statusWritten(true);
    } catch (KubernetesClientException refused) {
      telemetry.statusWritten(false);
      LOG.debug("The status is written the next time: {}", refused.getMessage());
    }
  }

  private SeenVersion version(PostHogInstance instance) {
    try {
      return installed.read(instance);
    } catch (ProblemException unanswered) {
      return new SeenVersion(Optional.empty(), unanswered.problem().message());
    }
  }

  private static NodeStatus status(ClickHouseNode node) {
    return new NodeStatus(
        node.address().text(),
        node.address().shard(),
        node.address().replica(),
        node.serverUuid(),
        node.version());
  }
}
