package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Judge;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a run of a plan would do, as far as that can be known before it.
 *
 * @param planHash of the plan
 * @param madeAt when the servers were asked
 * @param problems why it would not get to its end, or would wait
 * @param operations all of them, in their order
 */
public record PlanReport(
    String planHash,
    Instant madeAt,
    List<PlanProblem> problems,
    List<OperationOutlook> operations) {

  private static final int LONGEST_PROBLEM = 500;

  /** Keeps copies. */
  public PlanReport {
    problems = List.copyOf(problems);
    operations = List.copyOf(operations);
  }

  /** The same with why a run would not begin now. */
  public PlanReport besides(List<Problem> ofStart) {
    return new PlanReport(
        planHash,
        madeAt,
        Stream.concat(ofStart.stream().map(PlanProblem::ofStart), problems.stream()).toList(),
        operations);
  }

  /** The same without the pieces of copies, which may be many. */
  public PlanReport withoutChunks() {
    return new PlanReport(
        planHash,
        madeAt,
        problems,
        operations.stream().map(OperationOutlook::withoutChunks).toList());
  }

  /** Whether nothing that could be looked at is in its way. */
  public boolean ready() {
    return problems.isEmpty();
  }

  /** What a dry run says instead of starting. */
  public Problem summary() {
    String found =
        ready()
            ? "nothing was found that is in the way of a run"
            : "%s in the way of a run, first: %s"
                .formatted(
                    problems.size() == 1 ? "1 problem is" : problems.size() + " problems are",
                    Excerpt.of(problems.get(0).toString(), LONGEST_PROBLEM));
    return new Problem(
        Reason.DryRun,
        "%s; %s. Nothing is started: take spec.dryRun away for that".formatted(moves(), found));
  }

  private String moves() {
    List<Movement> all = operations.stream().flatMap(o -> o.moves().stream()).toList();
    long rows = all.stream().mapToLong(Movement::rows).sum();
    long bytes = all.stream().mapToLong(Movement::bytes).sum();
    Optional<Duration> time = all.stream().flatMap(m -> m.time().stream()).reduce(Duration::plus);
    return all.isEmpty()
        ? "no data would be moved"
        : String.format(
                Locale.ROOT,
                "%,d rows (%s) would be gone through",
                rows,
                Judge.bytes((double) bytes))
            + time.map(t -> " in about " + Spans.words(t)).orElse("");
  }
}
