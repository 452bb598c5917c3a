package com.posthog.asyncmigrations.cluster;

import com.posthog.asyncmigrations.embedded.CustomResources;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;

/**
 * The whole cluster of {@code KUBECONFIG}, where pods run. Its node knows the image {@code
 * local/busybox:1}, or the one that {@code ASYNC_MIGRATIONS_TEST_IMAGE} names: anything with {@code
 * sh} and {@code httpd}.
 */
final class Cluster implements AutoCloseable {
  private static final Path MANIFEST = Path.of("deploy", "operator.yaml");
  private static final Path DEFINITIONS = Path.of("crds");
  private static final String OPERATOR = "async-migrations";

  private final KubernetesClient admin;

  Cluster() {
    if (Optional.ofNullable(System.getenv("KUBECONFIG")).filter(k -> !k.isBlank()).isEmpty()) {
      throw new IllegalStateException(
          "these tests need a cluster that runs pods: set KUBECONFIG to one that may be changed");
    }
    admin = new KubernetesClientBuilder().build();
  }

  /** With every right. */
  KubernetesClient admin() {
    return admin;
  }

  /** The image of the worker's pods. */
  String image() {
    return Optional.ofNullable(System.getenv("ASYNC_MIGRATIONS_TEST_IMAGE"))
        .orElse("local/busybox:1");
  }

  /**
   * Installs the operator as people do: the definitions, then the manifest; waits until its pod is
   * ready.
   */
  void installOperator() {
    CustomResources.in(DEFINITIONS).install(admin);
    manifest().forEach(this::apply);
    operatorIsReady();
  }

  void operatorIsReady() {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> operator().list().getItems().stream().anyMatch(Readiness::isPodReady));
  }

  /** Ends the operator's pod as a failing node would: at once. */
  void killOperator() {
    operator().withGracePeriod(0).delete();
  }

  private FilterWatchListDeletable<Pod, PodList, PodResource> operator() {
    return admin.pods().inNamespace(OPERATOR).withLabel("app.kubernetes.io/name", OPERATOR);
  }

  private void apply(HasMetadata resource) {
    admin
        .resource(resource)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("test")
                .withForce(true)
                .build());
  }

  private List<HasMetadata> manifest() {
    try (InputStream yaml = Files.newInputStream(MANIFEST)) {
      return admin.load(yaml).items();
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
