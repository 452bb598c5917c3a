package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.Recent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a status that differs by its progress alone from being written more than every few seconds.
 */
final class ProgressRate {
  private static final Duration LEAST = Duration.ofSeconds(5);

  private final Clock clock;
  private final Map<String, Instant> written = Recent.map();

  ProgressRate(Clock clock) {
    this.clock = clock;
  }

  boolean tooSoon(
      AsyncMigration resource, @Nullable AsyncMigrationStatus before, AsyncMigrationStatus next) {
    return before != null
        && next.withProgress(before.progress()).equals(before)
        && clock.instant().isBefore(written.getOrDefault(uid(resource), Instant.EPOCH).plus(LEAST));
  }

  void written(AsyncMigration resource) {
    written.put(uid(resource), clock.instant());
  }

  private static String uid(AsyncMigration resource) {
    return resource.getMetadata().getUid();
  }
}
