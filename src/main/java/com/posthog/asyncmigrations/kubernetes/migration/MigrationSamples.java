package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.telemetry.MigrationSample;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Reads what is measured of a migration from its status. */
final class MigrationSamples {
  private MigrationSamples() {}

  static MigrationSample of(AsyncMigration migration) {
    Optional<AsyncMigrationStatus> status = Optional.ofNullable(migration.getStatus());
    Optional<ConditionStatus> holding = status.flatMap(MigrationSamples::holding);
    return new MigrationSample(
        migration.getMetadata().getNamespace(),
        migration.getMetadata().getName(),
        migration.getSpec().migration(),
        status.map(AsyncMigrationStatus::phase).orElse(Phase.NOT_STARTED.word()),
        status.map(AsyncMigrationStatus::progress).orElse(0),
        status.map(AsyncMigrationStatus::currentOperationIndex),
        holding.map(ConditionStatus::type),
        holding.map(ConditionStatus::reason).orElse(""),
        holding.map(ConditionStatus::lastTransitionTime).map(Instant::getEpochSecond).orElse(0L));
  }

  /** Of the three conditions, the one that holds. */
  static Optional<ConditionStatus> holding(AsyncMigrationStatus status) {
    return Optional.ofNullable(status.conditions()).orElse(List.of()).stream()
        .filter(c -> c.status() == ConditionStatus.Value.True)
        .findFirst();
  }
}
