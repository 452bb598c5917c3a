package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.Details;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.api.CheckStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.api.PlanStatus;
import com.posthog.asyncmigrations.core.Recent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a status that differs by its figures alone from being written more than every few seconds,
 * and for long more than once a minute. What people wait for is never kept back: a phase, an
 * intent, an error, a condition's reason and what its message says in words, a check's result.
 */
final class ProgressRate {
  private static final Pattern FIGURES = Pattern.compile("[0-9]+");
  private static final Duration LEAST_AT_FIRST = Duration.ofSeconds(2);
  private static final Duration LEAST = Duration.ofSeconds(5);
  private static final Duration ON_AVERAGE = Duration.ofMinutes(1);

  /** So many more may be written at first: short runs are watched. */
  static final int BURST = 30;

  /** So many of those may be as close as the looks at a server are. */
  private static final int CLOSE = 10;

  private final Clock clock;
  private final Map<String, Written> written = Recent.map();

  ProgressRate(Clock clock) {
    this.clock = clock;
  }

  /**
   * What was written of a resource.
   *
   * @param last when it was
   * @param paidUntil by when, at the average rate, as many figures as were written may be
   */
  private record Written(Instant last, Instant paidUntil) {
    static final Written NEVER = new Written(Instant.EPOCH, Instant.EPOCH);

    Instant allowedFrom() {
      Instant onAverage = paidUntil.minus(ON_AVERAGE.multipliedBy(BURST - 1));
      boolean close = paidUntil.isBefore(last.plus(ON_AVERAGE.multipliedBy(CLOSE)));
      Instant apart = last.plus(close ? LEAST_AT_FIRST : LEAST);
      return apart.isAfter(onAverage) ? apart : onAverage;
    }

    Written and(Instant now, boolean figures) {
      Instant from = paidUntil.isBefore(now) ? now : paidUntil;
      return new Written(now, figures ? from.plus(ON_AVERAGE) : paidUntil);
    }
  }

  /** How long the next status is kept back; absent if it may be written now. */
  Optional<Duration> keepsBack(
      AsyncMigration resource, @Nullable AsyncMigrationStatus before, AsyncMigrationStatus next) {
    Instant from = written.getOrDefault(uid(resource), Written.NEVER).allowedFrom();
    return Optional.of(Duration.between(clock.instant(), from))
        .filter(wait -> !wait.isNegative() && !wait.isZero() && figuresAlone(before, next));
  }

  void written(
      AsyncMigration resource, @Nullable AsyncMigrationStatus before, AsyncMigrationStatus next) {
    Written so = written.getOrDefault(uid(resource), Written.NEVER);
    written.put(uid(resource), so.and(clock.instant(), figuresAlone(before, next)));
  }

  private static boolean figuresAlone(
      @Nullable AsyncMigrationStatus before, AsyncMigrationStatus next) {
    return before != null && withoutFigures(before).equals(withoutFigures(next));
  }

  private static AsyncMigrationStatus withoutFigures(AsyncMigrationStatus status) {
    Details details = status.details();
    return status.with(
        new Details(
            0,
            null,
            null,
            null,
            details.intent(),
            orNone(details.operations()).stream().map(ProgressRate::withoutFigures).toList(),
            details.errors(),
            orNone(details.checks()).stream().map(ProgressRate::withoutFigures).toList(),
            details.plan() == null ? null : withoutFigures(details.plan()),
            orNone(details.conditions()).stream().map(ProgressRate::withoutFigures).toList()));
  }

  private static OperationStatus withoutFigures(OperationStatus operation) {
    return new OperationStatus(
        operation.index(),
        operation.name(),
        operation.state(),
        operation.startedAt(),
        operation.finishedAt(),
        null,
        operation.tries(),
        operation.output(),
        operation.items(),
        null);
  }

  private static PlanStatus withoutFigures(PlanStatus plan) {
    return new PlanStatus(
        plan.planHash(), plan.ready(), null, List.of(), plan.problemsTotal(), List.of(), null);
  }

  private static CheckStatus withoutFigures(CheckStatus check) {
    return new CheckStatus(check.kind(), check.name(), check.result(), null, null, null);
  }

  private static ConditionStatus withoutFigures(ConditionStatus condition) {
    return new ConditionStatus(
        condition.type(),
        condition.status(),
        condition.reason(),
        FIGURES.matcher(condition.message()).replaceAll("#"),
        condition.lastTransitionTime(),
        condition.observedGeneration());
  }

  private static <T> List<T> orNone(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static String uid(AsyncMigration resource) {
    return resource.getMetadata().getUid();
  }
}
