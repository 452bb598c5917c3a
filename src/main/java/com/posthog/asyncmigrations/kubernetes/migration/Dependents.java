package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.Recent;
import com.posthog.asyncmigrations.core.check.Dependencies.Neighbour;
import com.posthog.asyncmigrations.core.decide.Phase;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** Who waits for whom, among the migrations of one instance. */
final class Dependents {
  private final Function<ResourceID, List<AsyncMigration>> migrationsOf;
  private final Map<String, Neighbour> told = Recent.map();

  /** Finds the migrations of an instance so. */
  Dependents(Function<ResourceID, List<AsyncMigration>> migrationsOf) {
    this.migrationsOf = migrationsOf;
  }

  /** The other migrations of its instance. */
  List<Neighbour> neighboursOf(AsyncMigration migration) {
    return others(migration).map(Dependents::neighbour).toList();
  }

  /** Wakes who depends on a migration, if something of it has changed since they were told. */
  void settled(AsyncMigration migration, Consumer<ResourceID> wake) {
    Neighbour now = neighbour(migration);
    if (now.equals(told.put(migration.getMetadata().getUid(), now))) {
      return;
    }
    others(migration)
        .filter(m -> dependsOn(m).contains(now.migration()))
        .map(ResourceID::fromResource)
        .forEach(wake);
  }

  /** The migrations of an instance. */
  Stream<AsyncMigration> of(ResourceID instance) {
    return migrationsOf.apply(instance).stream();
  }

  private Stream<AsyncMigration> others(AsyncMigration migration) {
    return of(MigrationReconciler.instanceOf(migration))
        .filter(m -> !m.getMetadata().getUid().equals(migration.getMetadata().getUid()));
  }

  private static Neighbour neighbour(AsyncMigration migration) {
    Phase phase =
        Optional.ofNullable(migration.getStatus())
            .map(AsyncMigrationStatus::phase)
            .flatMap(Phase::of)
            .orElse(Phase.NOT_STARTED);
    return new Neighbour(
        migration.getSpec().migration(),
        phase.word(),
        phase == Phase.COMPLETED,
        dependsOn(migration));
  }

  private static List<String> dependsOn(AsyncMigration migration) {
    return Optional.ofNullable(migration.getSpec().dependsOn()).orElse(List.of());
  }
}
