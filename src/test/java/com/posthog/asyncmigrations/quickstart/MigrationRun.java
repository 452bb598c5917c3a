package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;

/**
 * A migration that was applied.
 *
 * @param name of the resource
 */
record MigrationRun(KubernetesClient client, String name) {
  private static final String COMPLETED = "CompletedSuccessfully";
  private static final List<String> ENDED =
      List.of(COMPLETED, "Errored", "RolledBack", "FailedAtStartup");

  /** How far it is; nothing before the operator has seen it. */
  Optional<AsyncMigrationStatus> status() {
    return Optional.ofNullable(
        client
            .resources(AsyncMigration.class)
            .inNamespace(Servers.POSTHOG)
            .withName(name)
            .require()
            .getStatus());
  }

  /** Whether it goes no further by itself. */
  static boolean hasEnded(AsyncMigrationStatus status) {
    return status.phase() != null && ENDED.contains(status.phase());
  }

  /** Whether it is where it was wanted to be. */
  static boolean isCompleted(AsyncMigrationStatus status) {
    return COMPLETED.equals(status.phase());
  }
}
