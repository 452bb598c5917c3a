package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.Wiring;
import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.PostHogInstance;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The operator, as it is, on the fallback. */
final class FallbackOperatorTest {
  private static final String NAMESPACE = "posthog";

  @Test
  void reconcilesBothResources() throws IOException {
    try (FallbackApi api = FallbackApi.start(CustomResources.in(Path.of("crds")));
        KubernetesClient client = api.client();
        Wiring operator =
            Wiring.operator(api.client(), "operator", "async-migrations", Set.of(NAMESPACE), 0)) {
      operator.start();

      example(client).stream()
          .filter(resource -> !resource.getKind().equals("Secret"))
          .forEach(resource -> apply(client, resource));

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(instance(client).getStatus().observedGeneration()).isEqualTo(1);
                assertThat(instance(client).getStatus().conditions())
                    .anySatisfy(
                        condition -> {
                          assertThat(condition.reason()).isEqualTo("SecretMissing");
                          assertThat(condition.message())
                              .contains("there is no Secret posthog-clickhouse");
                        });
                assertThat(migration(client).getStatus().conditions())
                    .anySatisfy(
                        condition -> assertThat(condition.reason()).isEqualTo("SecretMissing"));
              });
      assertThat(client.leases().inNamespace("async-migrations").list().getItems()).hasSize(1);
    }
  }

  private static List<HasMetadata> example(KubernetesClient client) throws IOException {
    try (InputStream yaml = Files.newInputStream(Path.of("deploy", "example.yaml"))) {
      return client.load(yaml).items();
    }
  }

  private static void apply(KubernetesClient client, HasMetadata resource) {
    client
        .resource(resource)
        .inNamespace(NAMESPACE)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("test")
                .withForce(true)
                .build());
  }

  private static PostHogInstance instance(KubernetesClient client) {
    return client.resources(PostHogInstance.class).inNamespace(NAMESPACE).withName("posthog").get();
  }

  private static AsyncMigration migration(KubernetesClient client) {
    return client
        .resources(AsyncMigration.class)
        .inNamespace(NAMESPACE)
        .withName("0101-browser-column")
        .get();
  }
}
