package com.posthog.asyncmigrations.journey;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;

/** When something was first seen of a migration, as a watch hears of it; in nanoseconds. */
final class Sightings implements AutoCloseable {
  private final Map<String, Long> first = new ConcurrentHashMap<>();
  private final SharedIndexInformer<AsyncMigration> informer;

  Sightings(KubernetesClient client, String namespace) {
    informer =
        client
            .resources(AsyncMigration.class)
            .inNamespace(namespace)
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(AsyncMigration migration) {
                    see(migration);
                  }

                  @Override
                  public void onUpdate(AsyncMigration before, AsyncMigration migration) {
                    see(migration);
                  }

                  @Override
                  public void onDelete(AsyncMigration migration, boolean unknown) {
                    // what was seen was seen
                  }
                });
  }

  private void see(AsyncMigration migration) {
    long now = System.nanoTime();
    String name = migration.getMetadata().getName();
    Optional<AsyncMigrationStatus> status = Optional.ofNullable(migration.getStatus());
    if (status.map(AsyncMigrationStatus::conditions).filter(c -> !c.isEmpty()).isPresent()) {
      first.putIfAbsent(name + " condition", now);
    }
    status
        .map(AsyncMigrationStatus::phase)
        .ifPresent(phase -> first.putIfAbsent(name + " " + phase, now));
  }

  /** When the migration first had a condition. */
  long condition(String name) {
    return await(name + " condition");
  }

  /** When it first was in a phase. */
  long phase(String name, String phase) {
    return await(name + " " + phase);
  }

  /** How many migrations have had a condition. */
  long conditions() {
    return first.keySet().stream().filter(key -> key.endsWith(" condition")).count();
  }

  private long await(String what) {
    Awaitility.await(what)
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> first.containsKey(what));
    return first.getOrDefault(what, 0L);
  }

  @Override
  public void close() {
    informer.close();
  }
}
