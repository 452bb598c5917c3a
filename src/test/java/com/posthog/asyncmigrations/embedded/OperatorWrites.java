package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.api.PostHogInstanceStatus;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v1.ScaleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * What the operator relies on when it writes: the same on a real API server and on the fallback.
 */
abstract class OperatorWrites {
  abstract KubernetesClient client();

  /** A namespace with nothing in it. */
  abstract String namespace();

  @Test
  void anAppliedResourceIsCreatedWithItsDefaults() {
    PostHogInstance created = apply(instance("clickhouse"));

    assertThat(created.getSpec().clickhouse().httpPort()).isEqualTo(8123);
    assertThat(created.getSpec().clickhouse().credentials().usernameKey()).isEqualTo("username");
    assertThat(created.getSpec().postgres().sslMode())
        .isEqualTo(PostHogInstanceSpec.SslMode.prefer);
    assertThat(created.getSpec().worker()).isNull();
    assertThat(created.getStatus().observedGeneration()).isEqualTo(-1);
    assertThat(created.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(read()).isEqualTo(created);
  }

  @Test
  void appliedAgainItIsTheSame() {
    PostHogInstance created = apply(instance("clickhouse"));

    PostHogInstance again = apply(instance("clickhouse"));
    assertThat(again.getSpec()).isEqualTo(created.getSpec());
    assertThat(again.getMetadata().getGeneration()).isEqualTo(1);

    PostHogInstance changed = apply(instance("another"));
    assertThat(changed.getSpec().clickhouse().host()).isEqualTo("another");
    assertThat(changed.getMetadata().getGeneration()).isEqualTo(2);
    assertThat(changed.getMetadata().getResourceVersion())
        .isNotEqualTo(created.getMetadata().getResourceVersion());
  }

  @Test
  void aStatusIsAppliedAsAWhole() {
    PostHogInstance created = apply(instance("clickhouse"));

    PostHogInstance first = StatusApply.apply(client(), status(created, "0", "1"));
    PostHogInstance second = StatusApply.apply(client(), status(first));

    assertThat(first.getStatus().nodes()).hasSize(2);
    assertThat(second.getStatus().nodes()).as("no longer stated").isNull();
    assertThat(second.getStatus().conditions()).hasSize(1);
    assertThat(second.getSpec()).isEqualTo(created.getSpec());
    assertThat(second.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(read()).isEqualTo(second);
  }

  @Test
  void aStaleStatusIsRefused() {
    PostHogInstance created = apply(instance("clickhouse"));
    StatusApply.apply(client(), status(created, "0"));

    assertConflict(() -> StatusApply.apply(client(), status(created, "1")));
    assertConflict(
        () -> client().resource(status(created, "1")).inNamespace(namespace()).updateStatus());
    assertThat(read().getStatus().nodes().get(0).address()).isEqualTo("0");
  }

  @Test
  void aStatusOfNothingIsRefused() {
    PostHogInstance created = apply(instance("clickhouse"));
    client().resource(created).delete();

    assertThatThrownBy(() -> StatusApply.apply(client(), status(created, "1")))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(404));
  }

  @Test
  void aWatchSeesDefaultsToo() {
    List<Long> seen = new CopyOnWriteArrayList<>();
    Watcher<PostHogInstance> watcher =
        new Watcher<>() {
          @Override
          public void eventReceived(Action action, PostHogInstance instance) {
            seen.add(instance.getStatus().observedGeneration());
          }

          @Override
          public void onClose(WatcherException cause) {
            // the test has ended
          }
        };
    client().resources(PostHogInstance.class).inNamespace(namespace()).watch(watcher);

    apply(instance("clickhouse"));

    await().untilAsserted(() -> assertThat(seen).isNotEmpty().containsOnly(-1L));
  }

  @Test
  void aDeploymentIsScaledUnlessOvertaken() {
    Deployment created = client().resource(deployment()).create();

    scale(created, 3);

    assertThat(worker().scale().getSpec().getReplicas()).isEqualTo(3);
    assertThat(worker().get().getSpec().getReplicas()).isEqualTo(3);
    assertConflict(() -> scale(created, 4));
    assertThat(worker().get().getSpec().getReplicas()).isEqualTo(3);
  }

  @Test
  void aContainerIsPatchedByItsName() {
    client().resource(deployment()).create();

    worker()
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            """
            {"spec": {"template": {"spec": {"containers": [
              {"name": "sidecar", "resources": {"requests": {"cpu": "2"}}}]}}}}
            """);

    assertThat(worker().get().getSpec().getTemplate().getSpec().getContainers())
        .satisfiesExactly(
            first -> assertThat(first.getName()).isEqualTo("worker"),
            second -> {
              assertThat(second.getImage()).isEqualTo("sidecar:1");
              assertThat(second.getResources().getRequests().get("cpu")).hasToString("2");
            });
  }

  private RollableScalableResource<Deployment> worker() {
    return client().apps().deployments().inNamespace(namespace()).withName("worker");
  }

  private void scale(Deployment read, int replicas) {
    worker()
        .scale(
            new ScaleBuilder()
                .withNewMetadata()
                .withNamespace(namespace())
                .withName("worker")
                .withResourceVersion(read.getMetadata().getResourceVersion())
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .endSpec()
                .build());
  }

  private PostHogInstance apply(PostHogInstance instance) {
    return client()
        .resource(instance)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("test")
                .withForce(true)
                .build());
  }

  private PostHogInstance read() {
    return client()
        .resources(PostHogInstance.class)
        .inNamespace(namespace())
        .withName("posthog")
        .get();
  }

  private static void assertConflict(ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));
  }

  private static PostHogInstance status(PostHogInstance read, String... nodes) {
    PostHogInstance fresh = StatusApply.fresh(read, new PostHogInstance());
    fresh.setStatus(
        new PostHogInstanceStatus(
            1L,
            null,
            null,
            nodes.length == 0
                ? null
                : Arrays.stream(nodes)
                    .map(node -> new PostHogInstanceStatus.NodeStatus(node, 1, 1, "uuid", "26"))
                    .toList(),
            List.of(
                new ConditionStatus(
                    "Ready",
                    ConditionStatus.Value.True,
                    "Connected",
                    "As the test wants it.",
                    Instant.EPOCH,
                    1L))));
    return fresh;
  }

  private PostHogInstance instance(String host) {
    PostHogInstance instance = new PostHogInstance();
    instance.setMetadata(
        new ObjectMetaBuilder().withNamespace(namespace()).withName("posthog").build());
    PostHogInstanceSpec.CredentialsRef secret =
        new PostHogInstanceSpec.CredentialsRef("secret", null, null);
    instance.setSpec(
        new PostHogInstanceSpec(
            new PostHogInstanceSpec.ClickHouse(host, null, null, "posthog", null, null, secret),
            new PostHogInstanceSpec.Postgres("postgres", null, "posthog", null, secret),
            null,
            null,
            null));
    return instance;
  }

  private Deployment deployment() {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withNamespace(namespace())
        .withName("worker")
        .endMetadata()
        .withNewSpec()
        .withReplicas(1)
        .withNewSelector()
        .addToMatchLabels("app", "worker")
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("app", "worker")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("worker")
        .withImage("worker:1")
        .endContainer()
        .addNewContainer()
        .withName("sidecar")
        .withImage("sidecar:1")
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }
}
