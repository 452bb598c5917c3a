package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.PlanStatus;
import com.posthog.asyncmigrations.api.PlanStatus.DiskStatus;
import com.posthog.asyncmigrations.api.PlanStatus.OperationPlanStatus;
import com.posthog.asyncmigrations.api.PlanStatus.ProblemStatus;
import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.core.preflight.Spans;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the report of a dry run as the status that people read, as much of it as there is room
 * for.
 *
 * @param problems how many
 * @param operations how many, those that move data first
 * @param statements how many of each operation
 * @param lists how long others may be
 * @param text characters of a problem, of a statement, of a check
 */
record PlanRenderer(int problems, int operations, int statements, int lists, int text) {
  /** As much as a status may have; it is cut further where the rest of the status needs room. */
  static final PlanRenderer MOST = new PlanRenderer(10, 20, 5, 10, 500);

  private static final int LONGEST_CHECK = 300;
  private static final int LONGEST_VIEW = 200;
  private static final int LONGEST_NAME = 63;
  private static final int LONGEST_NODE = 300;
  private static final int LONGEST_POLICY = 100;

  static PlanStatus render(PlanReport report) {
    return new PlanStatus(
        report.planHash(),
        report.ready(),
        report.madeAt(),
        report.problems().stream()
            .limit(MOST.problems())
            .map(
                p ->
                    new ProblemStatus(
                        p.operation().isEmpty() ? null : Excerpt.of(p.operation(), LONGEST_NAME),
                        p.reason().name(),
                        Excerpt.of(p.message(), MOST.text())))
            .toList(),
        report.problems().size(),
        first(MOST.operations(), report.operations(), o -> o.moves().isPresent()).stream()
            .map(PlanRenderer::operation)
            .toList(),
        report.operations().size());
  }

  /** As much of a plan as this has room for. */
  PlanStatus cut(PlanStatus whole) {
    return new PlanStatus(
        whole.planHash(),
        whole.ready(),
        whole.madeAt(),
        whole.problems().stream()
            .limit(problems)
            .map(p -> new ProblemStatus(p.operation(), p.reason(), Excerpt.of(p.message(), text)))
            .toList(),
        whole.problemsTotal(),
        first(operations, whole.operations(), o -> o.rows() != null).stream()
            .map(this::cut)
            .toList(),
        whole.operationsTotal());
  }

  private OperationPlanStatus cut(OperationPlanStatus whole) {
    return new OperationPlanStatus(
        whole.name(),
        whole.kind(),
        whole.rows(),
        whole.bytes(),
        whole.partitions(),
        whole.chunks(),
        whole.disks() == null ? null : whole.disks().stream().limit(lists).map(this::cut).toList(),
        whole.estimatedTime(),
        whole.estimate() == null ? null : Excerpt.of(whole.estimate(), text),
        shorter(whole.views(), lists),
        shorter(whole.notCheckedYet(), lists),
        shorter(whole.statements(), statements));
  }

  private DiskStatus cut(DiskStatus whole) {
    return new DiskStatus(
        Excerpt.of(whole.node(), text),
        Excerpt.of(whole.policy(), text),
        whole.needed(),
        whole.free());
  }

  private @Nullable List<String> shorter(@Nullable List<String> all, int most) {
    return all == null ? null : texts(all, most, text);
  }

  private static OperationPlanStatus operation(OperationOutlook outlook) {
    Optional<Movement> moves = outlook.moves();
    return new OperationPlanStatus(
        Excerpt.of(outlook.name(), LONGEST_NAME),
        kind(outlook.kind()),
        orNull(moves.map(Movement::rows)),
        orNull(moves.map(Movement::bytes)),
        orNull(moves.map(Movement::partitions)),
        orNull(moves.map(Movement::chunks)),
        orNull(moves.map(PlanRenderer::disks).filter(disks -> !disks.isEmpty())),
        orNull(moves.flatMap(Movement::time).map(Spans::words)),
        orNull(moves.map(Movement::basis).map(basis -> Excerpt.of(basis, LONGEST_CHECK))),
        texts(outlook.views(), MOST.lists(), LONGEST_VIEW),
        texts(outlook.notMadeYet(), MOST.lists(), LONGEST_CHECK),
        texts(outlook.statements(), MOST.statements(), MOST.text()));
  }

  /** What is tightest comes first. */
  private static List<DiskStatus> disks(Movement moves) {
    return moves.disks().stream()
        .sorted(Comparator.comparing(d -> d.usable() - d.needed()))
        .limit(MOST.lists())
        .map(
            d ->
                new DiskStatus(
                    Excerpt.of(d.node(), LONGEST_NODE),
                    Excerpt.of(d.policy(), LONGEST_POLICY),
                    d.needed(),
                    d.free()))
        .toList();
  }

  private static @Nullable List<String> texts(List<String> all, int most, int longest) {
    return all.isEmpty()
        ? null
        : all.stream().limit(most).map(text -> Excerpt.of(text, longest)).toList();
  }

  /** So many, in their order: where there are more, those that count come before the others. */
  private static <T> List<T> first(int most, List<T> all, Function<T, Boolean> counts) {
    return IntStream.range(0, all.size())
        .boxed()
        .sorted(Comparator.comparing(i -> !counts.apply(all.get(i))))
        .limit(most)
        .sorted()
        .map(all::get)
        .toList();
  }

  /** As the spec calls it. */
  private static String kind(PlannedOperation.Kind kind) {
    return switch (kind) {
      case SQL -> "sql";
      case BATCH_UPDATE -> "batchUpdate";
      case COPY_FROM_POSTGRES -> "copyFromPostgres";
      case VERIFY -> "verify";
      case APPROVAL -> "approval";
      case SCALE_DEPLOYMENT -> "scaleDeployment";
      case JOB -> "job";
      case MUTATION -> "mutation";
      case COPY_TABLE -> "copyTable";
      case EXCHANGE_TABLES -> "exchangeTables";
    };
  }

  private static <T> @Nullable T orNull(Optional<T> value) {
    return value.orElse(null);
  }
}
