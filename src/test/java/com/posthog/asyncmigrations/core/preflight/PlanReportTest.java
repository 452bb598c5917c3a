package com.posthog.asyncmigrations.core.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook.ChunkOutlook;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlanReportTest {
  private static final Movement COPY =
      new Movement(
          1_234_567, 3L << 30, 2, 9, List.of(), Optional.of(Duration.ofMinutes(130)), "measured");

  private static final PlanReport READY =
      report(operation("copy", Optional.of(COPY)), operation("swap", Optional.empty()));

  @Test
  void saysWhatWouldBeMovedAndThatNothingIsStarted() {
    assertThat(READY.ready()).isTrue();
    assertThat(READY.summary().reason()).isEqualTo(Reason.DryRun);
    assertThat(READY.summary().message())
        .isEqualTo(
            "1,234,567 rows (3.0 GiB) would be gone through in about 2h10m; nothing was found that is in the way of"
                + " a run. Nothing is started: take spec.dryRun away for that");
    assertThat(report().summary().message()).startsWith("no data would be moved; ");
  }

  @Test
  void timesAddUpWhereTheyAreKnown() {
    Movement unknown = Movement.inPlace(10, 0, 1, 1, "not estimated");

    assertThat(
            report(
                    operation("a", Optional.of(COPY)),
                    operation("b", Optional.of(unknown)),
                    operation("c", Optional.of(COPY)))
                .summary()
                .message())
        .startsWith("2,469,144 rows (6.0 GiB) would be gone through in about 4h20m; ");
  }

  @Test
  void whatKeepsARunFromBeginningComesFirst() {
    PlanReport refused =
        new PlanReport(
                "hash",
                Instant.EPOCH,
                List.of(new PlanProblem("copy", Reason.DiskFull, "too small")),
                READY.operations())
            .besides(List.of(new Problem(Reason.PrecheckFailed, "no")));

    assertThat(refused.ready()).isFalse();
    assertThat(refused.summary().message())
        .contains("2 problems are in the way of a run, first: PrecheckFailed: no.");
    assertThat(refused.problems().get(1)).hasToString("operation copy: DiskFull: too small");
  }

  @Test
  void thePiecesOfCopiesAreNotForTheStatus() {
    ChunkOutlook chunk = new ChunkOutlook("s1r1", "a", "WHERE true");
    OperationOutlook whole =
        new OperationOutlook(
            "copy",
            Kind.COPY_TABLE,
            Optional.of(COPY),
            List.of("v"),
            List.of("n"),
            List.of("s"),
            List.of(chunk));

    assertThat(report(whole).withoutChunks())
        .isEqualTo(
            report(
                new OperationOutlook(
                    "copy",
                    Kind.COPY_TABLE,
                    Optional.of(COPY),
                    List.of("v"),
                    List.of("n"),
                    List.of("s"),
                    List.of())));
  }

  private static PlanReport report(OperationOutlook... operations) {
    return new PlanReport("hash", Instant.EPOCH, List.of(), List.of(operations));
  }

  private static OperationOutlook operation(String name, Optional<Movement> moves) {
    return new OperationOutlook(
        name, Kind.COPY_TABLE, moves, List.of(), List.of(), List.of(), List.of());
  }
}
