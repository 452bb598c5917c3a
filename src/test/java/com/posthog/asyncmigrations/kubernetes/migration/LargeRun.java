package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Verdict;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Part;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.RecordedError;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Servers;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Undo;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.core.status.Condition;
import com.posthog.asyncmigrations.core.status.Conditions;
import com.posthog.asyncmigrations.core.status.Pace;
import com.posthog.asyncmigrations.kubernetes.StatusTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A run of which there is as much to tell as there can be: 500 operations and 1,000 errors, and
 * every name and text as long as it may be.
 *
 * @param at the operation under way
 * @param letter what texts consist of; names are of ASCII
 * @param errors how many there were
 * @param ballast targets, checks, and Deployments
 */
record LargeRun(int at, String letter, int errors, boolean ballast) {
  static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final int OPERATIONS = 500;

  static LargeRun at(int operation, String letter) {
    return new LargeRun(operation, letter, 1_000, true);
  }

  LargeRun withoutBallast() {
    return new LargeRun(at, letter, errors, false);
  }

  LargeRun withoutErrors() {
    return new LargeRun(at, letter, 0, ballast);
  }

  AsyncMigrationStatus render() {
    return render(EffectView.NONE);
  }

  AsyncMigrationStatus render(EffectView effect) {
    return RecordedStatus.render(
        new Recorded(1_000_000, Phase.RUNNING, 100, 100, Optional.empty(), Optional.of(run())),
        conditions(letter),
        effect,
        new Pace(
            "",
            List.of(
                new Pace.Sample(NOW.minusSeconds(1), 0, 0.1),
                new Pace.Sample(NOW, Long.MAX_VALUE, 0.2))),
        ballast ? findings() : List.of(),
        null,
        new StatusTime(1_000, NOW));
  }

  /** What a dry run has found, and no run. */
  static AsyncMigrationStatus notStarted(String letter, PlanReport plan) {
    return RecordedStatus.render(
            Recorded.NOTHING,
            conditions(letter),
            EffectView.NONE,
            Pace.UNKNOWN,
            at(0, letter).findings(),
            null,
            new StatusTime(1_000, NOW))
        .withPlan(PlanRenderer.render(plan));
  }

  static List<Condition> conditions(String letter) {
    return Conditions.only(
        Condition.Type.Reconciling, new Problem(Reason.WorkersNotReady, letter.repeat(1_000)));
  }

  private Run run() {
    Plan plan =
        new Plan(
            "0001_" + "m".repeat(45),
            IntStream.range(0, OPERATIONS).mapToObj(LargeRun::operation).toList(),
            List.of(),
            "f".repeat(64));
    Position next = new Position(Position.Stage.FORWARD, at, 49, 100);
    return new Run(
        "01234567",
        Optional.of(new Servers("s".repeat(100), List.of(), "database")),
        plan,
        next,
        at + 1,
        List.of(),
        Map.of(new Position(Position.Stage.FORWARD, at, 0, 1).sequence(), 1_000_000),
        Optional.of(intent(plan, next)),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.of(workers(0)),
        ballast ? IntStream.rangeClosed(1, 10).mapToObj(this::workers).toList() : List.of(),
        Collections.nCopies(OPERATIONS, record()),
        newestErrors(),
        NOW,
        Optional.empty());
  }

  private static PlannedOperation operation(int index) {
    return new PlannedOperation(
        "o".repeat(60) + "%03d".formatted(index),
        PlannedOperation.Kind.JOB,
        List.of(),
        new Undo.NotNeeded(),
        Duration.ofDays(1),
        1,
        Optional.empty(),
        "hash");
  }

  private OperationRecord record() {
    return new OperationRecord(
        OperationRecord.State.COMPLETED,
        Optional.of(NOW),
        Optional.of(NOW),
        Long.MAX_VALUE,
        1_000_000,
        Optional.of(letter.repeat(ballast ? 600 : 100)));
  }

  private Intent intent(Plan plan, Position position) {
    String id = Intent.effectId(plan.migration(), "01234567", 100, position, "s10000r100");
    NodeRef node = new NodeRef("s10000r100", "h".repeat(300), "uuid", NOW, NOW);
    List<Part> parts =
        IntStream.range(0, 40)
            .mapToObj(i -> i < 5 ? finished(node, id) : open(node, id))
            .limit(ballast ? 40 : 0)
            .toList();
    return new Intent(position, id, node, parts, Long.MAX_VALUE, NOW);
  }

  private static Part finished(NodeRef node, String id) {
    return new Part(node, id, 1, Part.State.FINISHED, Long.MAX_VALUE, Optional.empty());
  }

  private static Part open(NodeRef node, String id) {
    return new Part(node, id, 1, Part.State.OPEN, 0, Optional.empty());
  }

  private Workers workers(int number) {
    WorkerSize size =
        number == 0
            ? new WorkerSize(
                Optional.of(100_000),
                Optional.of("123456789m"),
                Optional.of("123456789m"),
                Optional.of(100_000))
            : WorkerSize.ofReplicas(100_000);
    return new Workers(
        "d".repeat(250) + "%03d".formatted(number),
        "c".repeat(63),
        Optional.of("a".repeat(253)),
        size,
        size,
        Workers.State.SCALED,
        NOW);
  }

  /** The newest ten of them, as a run keeps them. */
  private List<RecordedError> newestErrors() {
    return Stream.iterate(errors - 1, i -> i >= 0, i -> i - 1)
        .limit(10)
        .map(
            i ->
                new RecordedError(
                    NOW,
                    "o".repeat(63),
                    new Problem(
                        Reason.StatementFailed, "error %d: ".formatted(i) + letter.repeat(2_000))))
        .toList();
  }

  private List<Finding> findings() {
    return IntStream.range(0, 200)
        .mapToObj(
            i ->
                new Finding(
                    Finding.Kind.HEALTHCHECK,
                    "n".repeat(60) + i,
                    new Verdict(
                        i % 50 == 7 ? Finding.Result.FAILED : Finding.Result.PASSED,
                        Reason.HealthcheckFailed,
                        letter.repeat(500),
                        letter.repeat(500)),
                    NOW))
        .toList();
  }
}
