package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Verdict;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.RecordedError;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Conditions;
import com.posthog.asyncmigrations.core.status.Pace;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import com.posthog.asyncmigrations.postgres.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ProgressRateTest {
  private static final Duration RUN = Duration.ofDays(14);

  private final ManualClock clock = new ManualClock();
  private final ProgressRate rate = new ProgressRate(clock);
  private final AsyncMigration resource = new AsyncMigration();
  private final Instant start = clock.instant();
  private final List<Instant> writes = new ArrayList<>();
  private AsyncMigrationStatus shown = render(0, Change.NONE);

  /** What people wait for. */
  private enum Change {
    NONE,
    PHASE,
    INTENT,
    ERROR,
    REASON,
    WORDS,
    CHECK
  }

  @BeforeEach
  void hasAnIdentity() {
    resource.getMetadata().setUid("uid");
  }

  @Test
  void aRunOfTwoWeeksIsWrittenOnceAMinuteOnAverage() {
    Random random = new Random(1);
    while (clock.instant().isBefore(start.plus(RUN))) {
      pass(Change.NONE);
      clock.advance(Duration.ofMillis(250 + random.nextInt(10_000)));
    }

    assertThat((long) writes.size())
        .isBetween(RUN.toMinutes() / 2, RUN.toMinutes() + ProgressRate.BURST);
    for (int i = 1; i < writes.size(); i++) {
      boolean atFirst = writes.get(i).isBefore(start.plus(Duration.ofMinutes(2)));
      assertThat(Duration.between(writes.get(i - 1), writes.get(i)))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(atFirst ? 2 : 5));
    }
  }

  /** A quarter of an hour of it, wherever it begins. */
  @Test
  void afterTheFirstMinutesNoQuarterOfAnHourHasManyMore() {
    while (clock.instant().isBefore(start.plus(Duration.ofDays(1)))) {
      pass(Change.NONE);
      clock.advance(Duration.ofSeconds(1));
    }
    Instant settled = start.plus(Duration.ofMinutes(5));
    for (Instant from : writes.stream().filter(settled::isBefore).toList()) {
      assertThat(
              writes.stream()
                  .filter(w -> !w.isBefore(from) && w.isBefore(from.plus(Duration.ofMinutes(15)))))
          .hasSizeLessThanOrEqualTo(16);
    }
  }

  @Test
  void aShortRunIsWatchedEveryFewSeconds() {
    while (clock.instant().isBefore(start.plus(Duration.ofMinutes(2)))) {
      pass(Change.NONE);
      clock.advance(Duration.ofSeconds(1));
    }

    assertThat(writes).hasSize(30);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void whatPeopleWaitForIsWrittenAtOnce(Change change) {
    while (clock.instant().isBefore(start.plus(Duration.ofHours(1)))) {
      pass(Change.NONE);
      clock.advance(Duration.ofSeconds(1));
    }
    int before = writes.size();
    pass(Change.NONE);
    pass(change);

    assertThat(writes).hasSizeGreaterThan(before);
    assertThat(writes.get(writes.size() - 1)).isEqualTo(clock.instant());
    assertThat(shown).isEqualTo(render(seconds(), change));
  }

  @Test
  void othersDoNotWaitForIt() {
    pass(Change.NONE);
    AsyncMigration other = new AsyncMigration();
    other.getMetadata().setUid("other");

    assertThat(rate.keepsBack(resource, shown, render(7, Change.NONE)))
        .contains(Duration.ofSeconds(2));
    assertThat(rate.keepsBack(other, shown, render(7, Change.NONE))).isEmpty();
  }

  private void pass(Change change) {
    AsyncMigrationStatus next = render(seconds() + writes.size() % 2, change);
    if (change != Change.NONE) {
      next = render(seconds(), change);
    }
    if (!next.equals(shown) && rate.keepsBack(resource, shown, next).isEmpty()) {
      rate.written(resource, shown, next);
      shown = next;
      writes.add(clock.instant());
    }
  }

  private long seconds() {
    return 1 + Duration.between(start, clock.instant()).toSeconds();
  }

  /** One long statement; its rows, its progress, a figure of a check and the sentence change. */
  private AsyncMigrationStatus render(long seconds, Change change) {
    Instant began = start;
    Position position = new Position(Position.Stage.FORWARD, 0, 0, change == Change.INTENT ? 2 : 1);
    PlannedOperation operation =
        new PlannedOperation(
            "fill",
            PlannedOperation.Kind.SQL,
            List.of(new Step.ClickHouseStatement("SELECT 1", Map.of(), Map.of(), OnUnknown.FAIL)),
            new Undo.NotNeeded(),
            RUN,
            1,
            Optional.empty(),
            "hash");
    Plan plan = new Plan("0001_long", List.of(operation), List.of(), "hash");
    Run fresh = Run.starting("01234567", plan, began);
    Run run =
        new Run(
            fresh.id(),
            fresh.servers(),
            plan,
            position,
            1,
            List.of(),
            Map.of(),
            Optional.of(
                new Intent(
                    position,
                    Intent.effectId(plan.migration(), fresh.id(), 1, position, "s1r1"),
                    new NodeRef("s1r1", "ch:8123", "uuid", began, began),
                    1,
                    began)),
            Optional.empty(),
            Optional.empty(),
            0,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(
                new OperationRecord(
                    OperationRecord.State.RUNNING,
                    Optional.of(began),
                    Optional.empty(),
                    seconds * 1_000,
                    1,
                    Optional.empty())),
            change == Change.ERROR
                ? List.of(
                    new RecordedError(began, "fill", new Problem(Reason.StatementFailed, "no")))
                : List.of(),
            began,
            Optional.empty());
    Phase phase = change == Change.PHASE ? Phase.STOPPING : Phase.RUNNING;
    Reason reason = change == Change.REASON ? Reason.DatabaseUnreachable : Reason.Running;
    Finding.Result result = change == Change.CHECK ? Finding.Result.FAILED : Finding.Result.PASSED;
    return RecordedStatus.render(
        new Recorded(5, phase, 1, 0, Optional.empty(), Optional.of(run)),
        Conditions.only(
            Condition.Type.Reconciling,
            new Problem(
                reason, "%d %s".formatted(seconds, change == Change.WORDS ? "pods" : "rows"))),
        new EffectView.Running((double) seconds / RUN.toSeconds(), seconds * 1_000)
            .by(Optional.of("q" + seconds)),
        new Pace(
            "",
            List.of(
                new Pace.Sample(start, 0, 0.1),
                new Pace.Sample(start.plusSeconds(seconds), seconds * seconds, 0.2))),
        List.of(
            new Finding(
                Finding.Kind.HEALTHCHECK,
                "disk",
                new Verdict(result, Reason.HealthcheckFailed, seconds + " MB", "1 MB"),
                start)),
        null,
        new StatusTime(1, start));
  }
}
