package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.ApiGroup;
import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Desired.Deletion;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Resources that are being deleted while their run is under way (contracts, 10). */
final class Deletions {
  /** Says, with the value {@code "true"}, that what the run left is of no interest. */
  static final String ABANDON = ApiGroup.NAME + "/abandon";

  /** What does not come back in a namespace that is being deleted. */
  private static final Set<Reason> GONE =
      EnumSet.of(Reason.InstanceMissing, Reason.SecretMissing, Reason.SecretKeyMissing);

  private final KubernetesClient client;

  Deletions(KubernetesClient client) {
    this.client = client;
  }

  /** The deletion of a resource, if it is being deleted. */
  static Optional<Deletion> of(AsyncMigration migration) {
    return Optional.ofNullable(migration.getMetadata().getDeletionTimestamp())
        .map(
            since ->
                new Deletion(
                    Instant.parse(since),
                    "true".equals(migration.getMetadata().getAnnotations().get(ABANDON))));
  }

  /** Whether a resource goes although its run could not be ended, for this reason. */
  boolean giveUp(AsyncMigration migration, Problem why, Instant now) {
    return of(migration)
        .filter(
            deletion -> deletion.givesUp(now) || (GONE.contains(why.reason()) && ends(migration)))
        .isPresent();
  }

  private boolean ends(AsyncMigration migration) {
    return Optional.ofNullable(
            client.namespaces().withName(migration.getMetadata().getNamespace()).get())
        .map(namespace -> namespace.getMetadata().getDeletionTimestamp() != null)
        .orElse(true);
  }
}
