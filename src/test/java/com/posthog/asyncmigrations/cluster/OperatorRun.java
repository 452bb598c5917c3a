package com.posthog.asyncmigrations.cluster;

import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A run of the operator in its pod: one statement that goes on until the run is stopped. */
final class OperatorRun {
  private static final String NAME = "m";

  private final KubernetesClient client;
  private final ClusterDatabases databases;
  private final String namespace;

  OperatorRun(Cluster cluster, ClusterDatabases databases, String namespace) {
    this.client = cluster.admin();
    this.databases = databases;
    this.namespace = namespace;
  }

  /** Begins it: the worker's size is written down and then changed. */
  void begin(PostHogInstanceSpec.Worker wanted) {
    begin(wanted, WAIT);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> status().map(AsyncMigrationStatus::workers).isPresent());
  }

  /** Begins one of these operations, with no worker to scale. */
  void begin(String operations) {
    begin(null, operations);
  }

  private void begin(PostHogInstanceSpec.@Nullable Worker wanted, String operations) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("databases")
                .endMetadata()
                .addToStringData("username", "posthog")
                .addToStringData("password", DatabasesForPods.PASSWORD)
                .build())
        .create();
    PostHogInstanceSpec.CredentialsRef credentials =
        new PostHogInstanceSpec.CredentialsRef("databases", "username", "password");
    PostHogInstance instance = new PostHogInstance();
    instance.setMetadata(
        new ObjectMetaBuilder().withNamespace(namespace).withName("posthog").build());
    instance.setSpec(
        new PostHogInstanceSpec(
            new PostHogInstanceSpec.ClickHouse(
                databases.host(),
                databases.clickHousePort(),
                false,
                "default",
                null,
                null,
                credentials),
            new PostHogInstanceSpec.Postgres(
                databases.host(),
                databases.postgresPort(),
                "posthog",
                PostHogInstanceSpec.SslMode.prefer,
                credentials),
            wanted,
            null,
            null));
    client.resource(instance).create();
    client
        .load(
            new ByteArrayInputStream(
                (MIGRATION + operations.indent(4)).getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
  }

  String phase() {
    return status().map(AsyncMigrationStatus::phase).orElse("");
  }

  /** What it says of pods that are not ready; nothing once they are. */
  Optional<String> notReady() {
    AsyncMigrationStatus status = status().orElseThrow();
    return "Running".equals(status.phase())
        ? Optional.empty()
        : Optional.of(status.conditions().get(0).message());
  }

  /** Ends it, and answers what it says of parts that it did not put back. */
  List<String> end() {
    client
        .resources(AsyncMigration.class)
        .inNamespace(namespace)
        .withName(NAME)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"desiredState\":\"Stopped\"}}");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> status().filter(s -> "Errored".equals(s.phase())).isPresent());
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(e -> "WorkersChangedByAnother".equals(e.getReason()))
        .map(Event::getMessage)
        .toList();
  }

  Optional<AsyncMigrationStatus> status() {
    return Optional.ofNullable(
            client.resources(AsyncMigration.class).inNamespace(namespace).withName(NAME).get())
        .map(AsyncMigration::getStatus);
  }

  private static final String MIGRATION =
      """
      apiVersion: migrations.posthog.com/v1alpha1
      kind: AsyncMigration
      metadata:
        name: m
      spec:
        instanceRef: {name: posthog}
        migration: 0100_m
        desiredState: Completed
        operations:
      """;

  private static final String WAIT =
      """
      - name: wait
        sql:
          database: ClickHouse
          settings:
            - {name: max_block_size, value: "1"}
            - {name: function_sleep_max_microseconds_per_block, value: "0"}
          statements:
            - sql: SELECT count() FROM numbers(36000) WHERE sleepEachRow(0.1) = 0
        rollback: {notNeeded: true}
      """;
}
