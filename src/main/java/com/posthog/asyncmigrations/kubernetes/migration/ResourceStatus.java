package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.DesiredState;
import com.posthog.asyncmigrations.core.decide.Pass;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Conditions;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The status of one resource as a pass sees it. Every write is a server-side apply with the
 * resourceVersion that was read, never repeated blindly: a conflict means that the pass is over.
 */
final class ResourceStatus implements Pass.StatusBoard {
  private final Context<AsyncMigration> context;
  private final Clock clock;
  private final ProgressRate rate;
  private AsyncMigration primary;

  ResourceStatus(
      AsyncMigration primary, Context<AsyncMigration> context, Clock clock, ProgressRate rate) {
    this.primary = primary;
    this.context = context;
    this.clock = clock;
    this.rate = rate;
  }

  Optional<AsyncMigrationStatus> current() {
    return Optional.ofNullable(primary.getStatus());
  }

  /** Whether the run has ended, and nothing more is asked of it. */
  boolean isAtRest() {
    Optional<Phase> phase = current().flatMap(s -> Phase.of(s.phase()));
    boolean wantsBack = primary.getSpec().desiredState() == DesiredState.RolledBack;
    return phase.filter(p -> p == Phase.ROLLED_BACK || (p.ended() && !wantsBack)).isPresent();
  }

  /** The resource as it was written last. */
  AsyncMigration shown() {
    return primary;
  }

  @Override
  public long revision() {
    return current().map(AsyncMigrationStatus::revision).orElse(0L);
  }

  @Override
  public void publish(Recorded recorded, Choice choice) {
    write(
        RecordedStatus.render(
            recorded,
            Conditions.of(recorded, choice),
            choice.observed().effect(),
            choice.observed().findings(),
            primary.getStatus(),
            time()));
  }

  /** Shows conditions alone, where the record cannot be read. */
  void publish(List<Condition> conditions) {
    write(RecordedStatus.withConditions(primary.getStatus(), conditions, time()));
  }

  private void write(AsyncMigrationStatus next) {
    AsyncMigrationStatus before = primary.getStatus();
    if (next.equals(before) || rate.tooSoon(primary, before, next)) {
      return;
    }
    AsyncMigration fresh = StatusApply.fresh(primary, new AsyncMigration());
    fresh.setStatus(next);
    primary =
        PrimaryUpdateAndCacheUtils.updateAndCacheResource(
            primary,
            context,
            ignored -> fresh,
            r -> StatusApply.apply(context.getClient(), r),
            0,
            Duration.ofSeconds(10).toMillis(),
            50);
    rate.written(primary);
  }

  private StatusTime time() {
    return new StatusTime(primary.getMetadata().getGeneration(), clock.instant());
  }
}
