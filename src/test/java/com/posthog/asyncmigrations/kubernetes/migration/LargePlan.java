package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.preflight.DiskNeed;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook;
import com.posthog.asyncmigrations.core.preflight.PlanProblem;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A report of which there is as much to tell as there can be: 500 operations, each with problems,
 * and the second half of them with rows to move.
 */
final class LargePlan {
  static final int OPERATIONS = 500;

  private LargePlan() {}

  static PlanReport of(String letter) {
    List<PlanProblem> problems =
        IntStream.range(0, OPERATIONS)
            .mapToObj(
                i -> new PlanProblem(name(i), Reason.ServiceVersionNotMet, letter.repeat(2_000)))
            .toList();
    return new PlanReport(
        "f".repeat(64),
        LargeRun.NOW,
        problems,
        IntStream.range(0, OPERATIONS).mapToObj(i -> operation(i, letter)).toList());
  }

  private static String name(int index) {
    return "o".repeat(60) + "%03d".formatted(index);
  }

  private static OperationOutlook operation(int index, String letter) {
    List<String> texts = Collections.nCopies(50, letter.repeat(10_000));
    boolean moves = index >= OPERATIONS / 2;
    return new OperationOutlook(
        name(index),
        Kind.COPY_FROM_POSTGRES,
        moves ? Optional.of(movement(letter)) : Optional.empty(),
        texts,
        texts,
        texts,
        List.of());
  }

  private static Movement movement(String letter) {
    DiskNeed disk =
        new DiskNeed(
            letter.repeat(400),
            letter.repeat(200),
            Long.MAX_VALUE / 2,
            Long.MAX_VALUE,
            Long.MAX_VALUE);
    return new Movement(
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        Collections.nCopies(100, disk),
        Optional.of(Duration.ofDays(100_000)),
        letter.repeat(1_000));
  }
}
