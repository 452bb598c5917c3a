package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.api.DesiredState;
import com.posthog.asyncmigrations.api.PlanStatus;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Pass;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Conditions;
import com.posthog.asyncmigrations.core.status.Notices;
import com.posthog.asyncmigrations.kubernetes.ConditionList;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operator writes of one resource, as a pass sees it: its status and its finalizer. Every
 * write is a server-side apply with the resourceVersion that was read, never repeated blindly: a
 * conflict means that the pass is over.
 */
final class ResourceStatus implements Pass.StatusBoard, Finalizer {
  private static final Logger LOG = LoggerFactory.getLogger(ResourceStatus.class);

  private final Context<AsyncMigration> context;
  private final Clock clock;
  private final ProgressRate rate;
  private final Paces paces;
  private final Telemetry telemetry;
  private AsyncMigration primary;
  private Optional<Duration> keptBack = Optional.empty();

  ResourceStatus(
      AsyncMigration primary,
      Context<AsyncMigration> context,
      Clock clock,
      ProgressRate rate,
      Paces paces,
      Telemetry telemetry) {
    this.telemetry = telemetry;
    this.primary = primary;
    this.context = context;
    this.clock = clock;
    this.rate = rate;
    this.paces = paces;
  }

  Optional<AsyncMigrationStatus> current() {
    return Optional.ofNullable(primary.getStatus());
  }

  /** What people could read before this pass. */
  Notices.Shown shown() {
    long generation = primary.getMetadata().getGeneration();
    return new Notices.Shown(
        current().flatMap(s -> ConditionList.why(s.conditions())).map(Problem::reason),
        current()
            .map(AsyncMigrationStatus::observedGeneration)
            .filter(seen -> seen < generation)
            .isPresent());
  }

  /** As it is shown; 0 while nothing is. */
  int progress() {
    return current().map(AsyncMigrationStatus::progress).orElse(0);
  }

  /** Whether the run has ended, and nothing more is asked of it. */
  boolean isAtRest() {
    Optional<Phase> phase = current().flatMap(s -> Phase.of(s.phase()));
    boolean wantsBack = primary.getSpec().desiredState() == DesiredState.RolledBack;
    int seen = current().map(AsyncMigrationStatus::observedRetryNonce).orElse(0);
    boolean wantsMore = Optional.ofNullable(primary.getSpec().retryNonce()).orElse(0) > seen;
    return !wantsMore
        && phase.filter(p -> p == Phase.ROLLED_BACK || (p.ended() && !wantsBack)).isPresent();
  }

  /** When to look again: as was said, or sooner where a status was kept back. */
  Duration lookAgain(Duration asSaid) {
    return keptBack.filter(wait -> wait.compareTo(asSaid) < 0).orElse(asSaid);
  }

  /** The resource as it was written last. */
  AsyncMigration resource() {
    return primary;
  }

  @Override
  public long revision() {
    return current().map(AsyncMigrationStatus::revision).orElse(0L);
  }

  @Override
  public void publish(Recorded recorded, Choice choice) {
    EffectView effect = choice.observed().effect();
    AsyncMigrationStatus status =
        RecordedStatus.render(
            recorded,
            Conditions.of(recorded, choice),
            effect,
            paces.seen(primary, recorded, effect, clock.instant()),
            choice.observed().findings(),
            primary.getStatus(),
            time());
    write(plan(recorded, choice).map(status::withPlan).orElse(status));
  }

  /** What a run of this plan would do, as it was found last. */
  private Optional<PlanStatus> plan(Recorded recorded, Choice choice) {
    if (!choice.desired().dryRun() || recorded.phase() != Phase.NOT_STARTED) {
      return Optional.empty();
    }
    return choice
        .observed()
        .plan()
        .map(PlanRenderer::render)
        .or(
            () ->
                current()
                    .map(AsyncMigrationStatus::plan)
                    .filter(
                        shown ->
                            choice
                                .desired()
                                .compiled()
                                .is(plan -> plan.hash().equals(shown.planHash()))));
  }

  /** Shows conditions alone, where the record cannot be read. */
  void publish(List<Condition> conditions) {
    write(RecordedStatus.withConditions(primary.getStatus(), conditions, time()));
  }

  @Override
  public boolean present() {
    return primary.hasFinalizer(Finalizer.NAME);
  }

  @Override
  public void add() {
    AsyncMigration fresh = StatusApply.fresh(primary, new AsyncMigration());
    fresh.addFinalizer(Finalizer.NAME);
    primary = cached(fresh, StatusApply::applyMetadata);
  }

  /** With it the resource may be gone at once, so nothing is kept of the answer. */
  @Override
  public void remove() {
    StatusApply.applyMetadata(
        context.getClient(), StatusApply.fresh(primary, new AsyncMigration()));
  }

  private void write(AsyncMigrationStatus whole) {
    AsyncMigrationStatus next = StatusBudget.fit(whole);
    AsyncMigrationStatus before = primary.getStatus();
    keptBack = next.equals(before) ? Optional.empty() : rate.keepsBack(primary, before, next);
    if (next.equals(before) || keptBack.isPresent()) {
      return;
    }
    AsyncMigration fresh = StatusApply.fresh(primary, new AsyncMigration());
    fresh.setStatus(next);
    boolean written = false;
    try {
      primary = cached(fresh, StatusApply::apply);
      written = true;
    } finally {
      telemetry.statusWritten(written);
    }
    rate.written(primary, before, next);
    tell(before, next);
  }

  /** Another condition, or another reason for it, is worth a line and a count. */
  private void tell(@Nullable AsyncMigrationStatus before, AsyncMigrationStatus next) {
    Optional<ConditionStatus> was = Optional.ofNullable(before).flatMap(MigrationSamples::holding);
    MigrationSamples.holding(next)
        .filter(is -> was.filter(w -> sameReason(w, is)).isEmpty())
        .ifPresent(
            is -> {
              telemetry.conditionChanged(is.type(), is.reason());
              LOG.atInfo()
                  .addKeyValue("reason", is.reason())
                  .log("{} {}: {}", is.type(), is.reason(), is.message());
            });
  }

  private static boolean sameReason(ConditionStatus one, ConditionStatus other) {
    return one.type().equals(other.type()) && one.reason().equals(other.reason());
  }

  private AsyncMigration cached(
      AsyncMigration fresh, BiFunction<KubernetesClient, AsyncMigration, AsyncMigration> apply) {
    return PrimaryUpdateAndCacheUtils.updateAndCacheResource(
        primary,
        context,
        ignored -> fresh,
        r -> apply.apply(context.getClient(), r),
        0,
        Duration.ofSeconds(10).toMillis(),
        50);
  }

  private StatusTime time() {
    return new StatusTime(primary.getMetadata().getGeneration(), clock.instant());
  }
}
