package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigration;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;

/** What is deleted without waiting for its finalizers, since an operator may still watch it. */
final class ForcedRemoval {
  private static final String WITHOUT_FINALIZERS = "{\"metadata\":{\"finalizers\":null}}";

  private ForcedRemoval() {}

  static void ofMigrations(KubernetesClient client, String namespace) {
    var migrations = client.resources(AsyncMigration.class).inNamespace(namespace);
    List<AsyncMigration> left = migrations.list().getItems();
    migrations.delete();
    for (AsyncMigration migration : left) {
      try {
        migrations
            .withName(migration.getMetadata().getName())
            .patch(PatchContext.of(PatchType.JSON_MERGE), WITHOUT_FINALIZERS);
      } catch (KubernetesClientException gone) {
        assertThat(gone.getCode()).isEqualTo(HttpURLConnection.HTTP_NOT_FOUND);
      }
    }
  }
}
