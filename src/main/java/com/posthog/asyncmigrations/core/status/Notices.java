package com.posthog.asyncmigrations.core.status;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Decision;
import com.posthog.asyncmigrations.core.decide.Event;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.RecordedError;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Workers;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What has happened between two records, for Events and the log. */
public final class Notices {
  /** What a run waits for without anything being wrong; its phases are told anyway. */
  private static final Set<Reason> AS_EXPECTED =
      EnumSet.of(
          Reason.WaitingForStart,
          Reason.DryRun,
          Reason.Starting,
          Reason.Running,
          Reason.LookingForStatement,
          Reason.ApprovalPending,
          Reason.Paused);

  /** What is in the way, and nothing to worry about. */
  private static final Set<Reason> PASSES =
      EnumSet.of(
          Reason.AnotherRuns,
          Reason.LeaseHeldElsewhere,
          Reason.WaitingForDependency,
          Reason.VersionTooOld,
          Reason.NothingToRollBack,
          Reason.TakenByPostHog);

  private Notices() {}

  /**
   * What the resource showed before a choice, by which people are told of what lasts only once.
   *
   * @param reason of its conditions
   * @param specIsNew whether its status has not spoken of the present spec yet
   */
  public record Shown(Optional<Reason> reason, boolean specIsNew) {}

  /**
   * What people are told of a choice.
   *
   * @param before the record that it was made from
   */
  public static List<Notice> of(Recorded before, Choice choice, Shown shown) {
    List<Notice> notices = new ArrayList<>(notFollowed(before, choice, shown));
    if (choice.decision() instanceof Decision.Hold hold) {
      held(hold.why(), shown).ifPresent(notices::add);
    }
    if (choice.decision() instanceof Decision.Write write) {
      notices.addAll(between(before, write.next()));
    }
    if (choice.arrow().event() == Event.DELETION_ABANDONED) {
      notices.add(new Notice(true, Reason.DeletionAbandoned, left(before)));
    }
    if (choice.arrow().event() == Event.WORKERS_SEEN_RESTORED) {
      choice
          .observed()
          .workers()
          .leftAlone()
          .forEach(
              sentence -> notices.add(new Notice(true, Reason.WorkersChangedByAnother, sentence)));
    }
    return notices;
  }

  /** What is in the way, when that is news. */
  public static Optional<Notice> held(Problem why, Shown shown) {
    boolean news = shown.reason().filter(why.reason()::equals).isEmpty();
    return news && !AS_EXPECTED.contains(why.reason())
        ? Optional.of(new Notice(!PASSES.contains(why.reason()), why.reason(), why.message()))
        : Optional.empty();
  }

  /** What a run leaves whose resource is deleted before it has ended, for people. */
  public static String left(Recorded recorded) {
    List<String> left = new ArrayList<>();
    recorded
        .run()
        .flatMap(Run::intent)
        .ifPresent(
            intent ->
                left.add(
                    "statement %s on %s may still run"
                        .formatted(intent.effectId(), intent.node().address())));
    scaled(recorded).stream()
        .filter(w -> w.state() != Workers.State.RESTORED)
        .forEach(w -> left.add("Deployment %s keeps its size".formatted(w.deployment())));
    left.add(
        "other migrations of the same servers wait until this one is applied again, with desiredState"
            + " Stopped to end it");
    return "the resource goes before its run has ended: " + String.join("; ", left);
  }

  private static List<Notice> notFollowed(Recorded before, Choice choice, Shown shown) {
    boolean told = !shown.specIsNew() || choice.decision() instanceof Decision.Perform;
    if (told || !before.phase().active() || before.phase() == Phase.PAUSED) {
      return List.of();
    }
    return before.run().flatMap(choice.desired()::notFollowedBy).stream()
        .map(what -> normal(Reason.SpecChangedDuringRun, what))
        .toList();
  }

  private static List<Notice> between(Recorded before, Recorded next) {
    List<Notice> notices = new ArrayList<>();
    errors(before, next).forEach(e -> notices.add(error(e)));
    completed(before, next)
        .forEach(
            name ->
                notices.add(
                    normal(
                        Reason.OperationCompleted, "operation %s was completed".formatted(name))));
    notices.addAll(workers(before, next));
    if (next.observedRetryNonce() > before.observedRetryNonce() && next.phase() == before.phase()) {
      notices.add(
          normal(Reason.RetryNonceIgnored, "retryNonce was raised, but there is nothing to retry"));
    }
    if (next.phase() != before.phase()) {
      notices.add(phase(next));
    }
    return notices;
  }

  private static Notice phase(Recorded next) {
    Optional<Problem> outcome = next.outcome();
    return switch (next.phase()) {
      case NOT_STARTED -> normal(Reason.WaitingForStart, "the checks pass");
      case STARTING -> normal(Reason.Starting, "attempt %d starts".formatted(next.attempt()));
      case RUNNING -> normal(Reason.Running, "running");
      case PAUSED -> normal(Reason.Paused, "paused");
      case AWAITING_APPROVAL -> normal(Reason.ApprovalPending, "waiting for an approval");
      case STOPPING ->
          normal(
              Reason.Stopping,
              next.run().flatMap(Run::stop).map(s -> s.problem().message()).orElse("stopping"));
      case ROLLING_BACK -> warning(new Problem(Reason.RollingBack, "undoing what was done"));
      case COMPLETED -> normal(outcome);
      case ROLLED_BACK, ERRORED, FAILED_AT_STARTUP ->
          warning(outcome.orElse(new Problem(Reason.InternalError, next.phase().word())));
    };
  }

  private static List<Notice> workers(Recorded before, Recorded next) {
    List<Workers> then = scaled(before);
    return scaled(next).stream()
        .filter(now -> then.stream().noneMatch(w -> same(w, now)))
        .flatMap(now -> workers(now).stream())
        .toList();
  }

  private static boolean same(Workers one, Workers other) {
    return one.deployment().equals(other.deployment()) && one.state() == other.state();
  }

  private static List<Workers> scaled(Recorded recorded) {
    return recorded.run().stream()
        .flatMap(run -> Stream.concat(run.held().stream(), run.workers().stream()))
        .toList();
  }

  private static Optional<Notice> workers(Workers now) {
    return switch (now.state()) {
      case RECORDED -> Optional.empty();
      case SCALED ->
          Optional.of(
              normal(
                  Reason.WorkersScaled,
                  "Deployment %s is as the run wants it".formatted(now.deployment())));
      case RESTORED ->
          Optional.of(
              normal(
                  Reason.WorkersRestored,
                  "what the run had set of Deployment %s is put back".formatted(now.deployment())));
    };
  }

  private static List<RecordedError> errors(Recorded before, Recorded next) {
    List<RecordedError> known = before.run().map(Run::errors).orElse(List.of());
    return next.run().map(Run::errors).orElse(List.of()).stream()
        .filter(e -> !known.contains(e))
        .toList();
  }

  private static List<String> completed(Recorded before, Recorded next) {
    if (before.run().isEmpty() || next.run().isEmpty()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    List<OperationRecord> then = before.theRun().operations();
    List<OperationRecord> now = next.theRun().operations();
    for (int i = 0; i < Math.min(then.size(), now.size()); i++) {
      if (now.get(i).state() == OperationRecord.State.COMPLETED
          && then.get(i).state() != OperationRecord.State.COMPLETED) {
        names.add(next.theRun().plan().operations().get(i).name());
      }
    }
    return names;
  }

  private static Notice error(RecordedError error) {
    String where = error.operation().isEmpty() ? "" : "operation " + error.operation() + ": ";
    return new Notice(true, error.problem().reason(), where + error.problem().message());
  }

  private static Notice warning(Problem problem) {
    return new Notice(true, problem.reason(), problem.message());
  }

  private static Notice normal(Reason reason, String message) {
    return new Notice(false, reason, message);
  }

  private static Notice normal(Optional<Problem> outcome) {
    Problem problem = outcome.orElse(new Problem(Reason.Completed, "completed"));
    return normal(problem.reason(), problem.message());
  }
}
