package com.posthog.asyncmigrations.kubernetes.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.decide.WorkersView;
import com.posthog.asyncmigrations.embedded.KubeNamespace;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Scaling and restoring on a real API server: what is recorded, what is written, and what is left
 * alone.
 */
@ExtendWith(SharedApiServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerScalingIT {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

  private final KubernetesClient client;
  private final WorkerDeployment workers;

  WorkerScalingIT(KubeNamespace namespace) {
    client = namespace.client();
    workers = new WorkerDeployment(client, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @Test
  void horizontallyUpAndBack() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("memory", "1Gi"), Map.of());

    Workers found = found(namespace, Wanted.replicas(3));

    assertThat(found)
        .isEqualTo(
            new Workers(
                WorkerNamespace.WORKER,
                "worker",
                Optional.empty(),
                replicas(1),
                replicas(3),
                Workers.State.RECORDED,
                NOW));
    assertThat(seen(namespace, found).asApplied()).isFalse();
    assertThat(seen(namespace, found).asWeLeftIt()).isFalse();

    Deployment before = namespace.deployment();
    workers.scale(namespace.name(), found);

    assertThat(namespace.replicas()).isEqualTo(3);
    assertThat(seen(namespace, found).asApplied()).isTrue();
    assertThat(seen(namespace, found).asWeLeftIt()).isTrue();
    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.deployment().getSpec()).isEqualTo(before.getSpec());
    assertThat(namespace.deployment().getMetadata().getAnnotations())
        .isEqualTo(before.getMetadata().getAnnotations());
    assertThat(seen(namespace, found).asWeLeftIt()).isFalse();
  }

  @Test
  void verticallyWithoutALimit() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("cpu", "500m", "memory", "1Gi"), Map.of("memory", "2Gi"));
    Deployment before = namespace.deployment();

    Workers found = found(namespace, Wanted.cpu("2"));
    workers.scale(namespace.name(), found);

    assertThat(found.original()).isEqualTo(cpu("500m", null));
    assertThat(found.applied()).isEqualTo(cpu("2", null));
    assertThat(namespace.requests())
        .isEqualTo(Map.of("cpu", new Quantity("2"), "memory", new Quantity("1Gi")));
    assertThat(namespace.limits()).isEqualTo(Map.of("memory", new Quantity("2Gi")));
    assertThat(namespace.replicas()).isEqualTo(1);
    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.deployment().getSpec()).isEqualTo(before.getSpec());
  }

  @Test
  void verticallyRaisesALowerLimitOnly() {
    WorkerNamespace lower = new WorkerNamespace(client);
    lower.worker(1, Map.of("cpu", "500m"), Map.of("cpu", "1"));
    WorkerNamespace higher = new WorkerNamespace(client);
    higher.worker(1, Map.of("cpu", "500m"), Map.of("cpu", "4"));

    Workers ofLower = found(lower, Wanted.cpu("2"));
    Workers ofHigher = found(higher, Wanted.cpu("2"));
    workers.scale(lower.name(), ofLower);
    workers.scale(higher.name(), ofHigher);

    assertThat(ofLower.original()).isEqualTo(cpu("500m", "1"));
    assertThat(ofLower.applied()).isEqualTo(cpu("2", "2"));
    assertThat(lower.limits()).isEqualTo(Map.of("cpu", new Quantity("2")));
    assertThat(ofHigher.applied()).isEqualTo(cpu("2", null));
    assertThat(higher.limits()).isEqualTo(Map.of("cpu", new Quantity("4")));
    assertThat(restore(lower, ofLower)).isEmpty();
    assertThat(lower.requests()).isEqualTo(Map.of("cpu", new Quantity("500m")));
    assertThat(lower.limits()).isEqualTo(Map.of("cpu", new Quantity("1")));
  }

  @Test
  void aRequestThatWasNotThereIsTakenAwayAgain() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    Deployment before = namespace.deployment();

    Workers found = found(namespace, Wanted.cpu("1500m"));
    workers.scale(namespace.name(), found);

    assertThat(found.original()).isEqualTo(cpu(null, null));
    assertThat(namespace.requests()).isEqualTo(Map.of("cpu", new Quantity("1500m")));
    assertThat(seen(namespace, found).asApplied()).isTrue();
    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.deployment().getSpec()).isEqualTo(before.getSpec());
  }

  @Test
  void onlyTheNamedContainer() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);

    workers.scale(namespace.name(), found(namespace, Wanted.cpuOf("sidecar", "2")));

    List<Container> containers =
        namespace.deployment().getSpec().getTemplate().getSpec().getContainers();
    assertThat(namespace.requests()).isEmpty();
    assertThat(containers).hasSize(2);
    assertThat(containers.get(1).getResources().getRequests())
        .isEqualTo(Map.of("cpu", new Quantity("2")));
    assertThat(containers.get(1).getImage()).isEqualTo("sidecar:1");
  }

  @Test
  void whatIsBiggerAlreadyIsNotTouched() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(5, Map.of("cpu", "2000m"), Map.of("cpu", "4"));

    Workers found = found(namespace, Wanted.both(3, "2"));

    assertThat(found.original()).isEqualTo(cpu(null, null));
    assertThat(found.applied()).isEqualTo(cpu(null, null));
    assertThat(seen(namespace, found).asApplied()).isTrue();
    Deployment before = namespace.deployment();
    workers.scale(namespace.name(), found);
    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.deployment()).isEqualTo(before);
  }

  @Test
  void aLimitWithoutARequestCountsAsTheRequest() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of(), Map.of("cpu", "4"));

    assertThat(found(namespace, Wanted.cpu("2")).applied()).isEqualTo(cpu(null, null));
  }

  @Test
  void anAutoscalerIsRaisedByItsMinimum() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    HorizontalPodAutoscaler before = namespace.autoscaler("worker-hpa", 1, 10);

    Workers found = found(namespace, Wanted.replicas(3));
    workers.scale(namespace.name(), found);

    assertThat(found.autoscaler()).contains("worker-hpa");
    assertThat(found.original()).isEqualTo(minimum(1));
    assertThat(found.applied()).isEqualTo(minimum(3));
    assertThat(namespace.autoscaler("worker-hpa").getSpec().getMinReplicas()).isEqualTo(3);
    assertThat(namespace.replicas()).isEqualTo(1);
    assertThat(seen(namespace, found).asApplied()).isTrue();
    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.autoscaler("worker-hpa").getSpec()).isEqualTo(before.getSpec());
  }

  @Test
  void anAutoscalerIsRaisedToItsMaximumAtMost() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(2);
    namespace.autoscaler("worker-hpa", 2, 4);

    assertThat(found(namespace, Wanted.replicas(9)).applied()).isEqualTo(minimum(4));
    assertThat(found(namespace, Wanted.replicas(2)).applied()).isEqualTo(cpu(null, null));
  }

  @Test
  void whatAnotherHandChangedIsLeftAndNamed() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("cpu", "500m"), Map.of("cpu", "1"));
    Workers found = found(namespace, Wanted.both(3, "2"));
    workers.scale(namespace.name(), found);

    namespace.scaleByHand(7);

    assertThat(seen(namespace, found).asApplied()).isTrue();
    assertThat(seen(namespace, found).asWeLeftIt()).isTrue();
    workers.scale(namespace.name(), found);
    assertThat(namespace.replicas()).isEqualTo(7);
    assertThat(restore(namespace, found))
        .containsExactly(
            "replicas of posthog-worker are 7, not the 3 that the run had set: left as they are");
    assertThat(namespace.replicas()).isEqualTo(7);
    assertThat(namespace.requests()).isEqualTo(Map.of("cpu", new Quantity("500m")));
    assertThat(seen(namespace, found).asWeLeftIt()).isFalse();
  }

  @Test
  void anAutoscalerThatAnotherHandChangedIsLeft() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    namespace.autoscaler("worker-hpa", 1, 10);
    Workers found = found(namespace, Wanted.replicas(3));
    workers.scale(namespace.name(), found);

    namespace.setMinimum("worker-hpa", 5);

    assertThat(restore(namespace, found))
        .containsExactly(
            "minimum of autoscaler worker-hpa is 5, not the 3 that the run had set: left as it is");
    assertThat(namespace.autoscaler("worker-hpa").getSpec().getMinReplicas()).isEqualTo(5);
  }

  @Test
  void aLimitStaysWhereTheRequestIsHigherByNow() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("cpu", "500m"), Map.of("cpu", "1"));
    Workers found = found(namespace, Wanted.cpu("2"));
    workers.scale(namespace.name(), found);

    namespace.edit(
        d ->
            new DeploymentBuilder(d)
                .editSpec()
                .editTemplate()
                .editSpec()
                .editFirstContainer()
                .editResources()
                .addToRequests("cpu", new Quantity("1500m"))
                .endResources()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());

    assertThat(restore(namespace, found))
        .containsExactly(
            "CPU request of container worker of posthog-worker is 1500m, not the 2 that the run had"
                + " set: left as it is",
            "CPU limit of container worker of posthog-worker stays 2: the request is 1500m by now,"
                + " and the limit cannot be lower");
    assertThat(namespace.limits()).isEqualTo(Map.of("cpu", new Quantity("2")));
  }

  @Test
  void aHalfAppliedScaleIsCompletedAndHalfRestoredToo() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("cpu", "500m"), Map.of());
    Workers found = found(namespace, Wanted.both(3, "2"));

    namespace.scaleByHand(3);

    assertThat(seen(namespace, found).asApplied()).isFalse();
    assertThat(seen(namespace, found).asWeLeftIt()).isTrue();
    workers.scale(namespace.name(), found);
    assertThat(namespace.requests()).isEqualTo(Map.of("cpu", new Quantity("2")));
    assertThat(seen(namespace, found).asApplied()).isTrue();

    namespace.scaleByHand(1);

    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.requests()).isEqualTo(Map.of("cpu", new Quantity("500m")));
  }

  @Test
  void scaledAndRestoredTwiceWritesOnce() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("cpu", "500m"), Map.of());
    Workers found = found(namespace, Wanted.both(3, "2"));

    workers.scale(namespace.name(), found);
    String scaled = namespace.deployment().getMetadata().getResourceVersion();
    workers.scale(namespace.name(), found);
    assertThat(namespace.deployment().getMetadata().getResourceVersion()).isEqualTo(scaled);

    restore(namespace, found);
    String restored = namespace.deployment().getMetadata().getResourceVersion();
    assertThat(restore(namespace, found)).isEmpty();
    assertThat(namespace.deployment().getMetadata().getResourceVersion()).isEqualTo(restored);
  }

  @Test
  void aWriteThatWasOvertakenChangesNothing() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1, Map.of("cpu", "500m"), Map.of());
    namespace.autoscaler("hpa", 1, 10);
    Reading stale =
        new Reading(
            namespace.deployment(),
            Reading.container(namespace.deployment(), "worker"),
            Optional.of(namespace.autoscaler("hpa")));
    namespace.scaleByHand(2);
    namespace.setMinimum("hpa", 2);
    SizeWriter writer = new SizeWriter(client);

    for (Part part : List.of(Part.REPLICAS, Part.CPU_REQUEST, Part.AUTOSCALER_MINIMUM)) {
      assertThatThrownBy(() -> writer.write(stale, Map.of(part, Optional.of("3"))))
          .isInstanceOfSatisfying(
              KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));
    }

    assertThat(namespace.replicas()).isEqualTo(2);
    assertThat(namespace.requests()).isEqualTo(Map.of("cpu", new Quantity("500m")));
    assertThat(namespace.autoscaler("hpa").getSpec().getMinReplicas()).isEqualTo(2);
  }

  @Test
  void aDeploymentThatIsGoneLeavesNothingToDo() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    Workers found = found(namespace, Wanted.replicas(3));
    workers.scale(namespace.name(), found);

    namespace.delete();

    workers.scale(namespace.name(), found);
    assertThat(restore(namespace, found))
        .containsExactly(
            "Deployment posthog-worker in namespace %s is gone: there is nothing to put back"
                .formatted(namespace.name()));
    WorkersView view = seen(namespace, found);
    assertThat(view.asWeLeftIt()).isFalse();
    assertThat(view.notReady().orElseThrow().message()).contains("is gone");
  }

  private Workers found(WorkerNamespace namespace, PostHogInstanceSpec.Worker wanted) {
    Sighting sighting = workers.observe(namespace.name(), Optional.of(wanted), Optional.empty());
    return ((Sighting.Seen) sighting).view().found().orElseThrow();
  }

  /** What is not put back. */
  private List<String> restore(WorkerNamespace namespace, Workers recorded) {
    workers.restore(namespace.name(), recorded);
    return seen(namespace, recorded).leftAlone();
  }

  private WorkersView seen(WorkerNamespace namespace, Workers recorded) {
    Sighting sighting = workers.observe(namespace.name(), Optional.empty(), Optional.of(recorded));
    return ((Sighting.Seen) sighting).view();
  }

  private static WorkerSize replicas(int replicas) {
    return new WorkerSize(
        Optional.of(replicas), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static WorkerSize minimum(int minimum) {
    return new WorkerSize(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(minimum));
  }

  private static WorkerSize cpu(@Nullable String request, @Nullable String limit) {
    return new WorkerSize(
        Optional.empty(),
        Optional.ofNullable(request),
        Optional.ofNullable(limit),
        Optional.empty());
  }
}
