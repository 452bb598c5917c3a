package com.posthog.asyncmigrations.core.mirror;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import java.util.Optional;

/** Makes what PostHog's row should say from what is recorded of a migration. */
public final class Reflections {
  private final MirrorMode mode;
  private final MigrationKey key;

  /** For one migration. */
  public Reflections(MirrorMode mode, MigrationKey key) {
    this.mode = mode;
    this.key = key;
  }

  /**
   * What the row should say; empty where it is left as it is.
   *
   * @param progress as the status shows it
   */
  public Optional<Reflection> of(Recorded recorded, int progress) {
    return switch (recorded.phase()) {
      case NOT_STARTED -> Optional.empty();
      case FAILED_AT_STARTUP -> mode == MirrorMode.OFF ? Optional.empty() : refused(recorded);
      case COMPLETED, ERRORED, ROLLED_BACK ->
          recorded.run().isPresent()
              ? recorded.run().map(run -> ended(recorded, run, progress))
              : withoutRun(recorded);
      // With a row at Starting, no pod of PostHog starts: not those of a worker that is scaled next
      // either.
      case STARTING, PAUSED -> recorded.run().map(run -> released(recorded, run, progress));
      case RUNNING, AWAITING_APPROVAL, STOPPING, ROLLING_BACK ->
          recorded
              .run()
              .map(
                  run ->
                      mode == MirrorMode.WHILE_RUNNING
                          ? underWay(recorded, run, progress)
                          : released(recorded, run, progress));
    };
  }

  private Reflection underWay(Recorded recorded, Run run, int progress) {
    return new Reflection(
        occasion(recorded, run, "running"),
        PostHogStatus.STARTING,
        progress,
        index(run),
        run.intent().map(Intent::effectId).orElse(prefix(recorded, run)),
        Optional.of(run.startedAt()),
        false,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /**
   * A run that stands, or that is not mirrored any more: Errored is what PostHog does not start by
   * itself.
   */
  private Reflection released(Recorded recorded, Run run, int progress) {
    return new Reflection(
        occasion(recorded, run, "released"),
        PostHogStatus.ERRORED,
        progress,
        index(run),
        prefix(recorded, run),
        Optional.of(run.startedAt()),
        false,
        Optional.empty(),
        Optional.empty(),
        true);
  }

  private Reflection ended(Recorded recorded, Run run, int progress) {
    boolean undone = recorded.phase() == Phase.ROLLED_BACK;
    boolean completed = recorded.phase() == Phase.COMPLETED;
    return new Reflection(
        occasion(recorded, run, recorded.phase().word() + run.endings()),
        completed
            ? PostHogStatus.COMPLETED
            : undone ? PostHogStatus.ROLLED_BACK : PostHogStatus.ERRORED,
        completed ? 100 : undone ? 0 : progress,
        completed ? run.plan().operations().size() : undone ? 0 : index(run),
        prefix(recorded, run),
        Optional.of(run.startedAt()),
        true,
        run.finishedAt(),
        recorded.phase() == Phase.ERRORED ? untold(recorded, run) : Optional.empty(),
        mode == MirrorMode.OFF);
  }

  /** Why it ended, where that is no error of an operation: a stop, a plan that was changed. */
  private static Optional<Problem> untold(Recorded recorded, Run run) {
    return recorded
        .outcome()
        .filter(why -> run.errors().stream().noneMatch(e -> told(e.problem(), why)));
  }

  private static boolean told(Problem error, Problem outcome) {
    return outcome.reason() == error.reason() && outcome.message().startsWith(error.message());
  }

  private Optional<Reflection> withoutRun(Recorded recorded) {
    boolean notRequired =
        recorded.outcome().filter(why -> why.reason() == Reason.NotRequired).isPresent();
    return notRequired && mode != MirrorMode.OFF
        ? Optional.of(without("NotRequired", PostHogStatus.COMPLETED, 100, Optional.empty()))
        : Optional.empty(); // adopted: the row says so itself
  }

  /** The reason, and not the message, is the occasion: figures in it change with every look. */
  private Optional<Reflection> refused(Recorded recorded) {
    String why = recorded.outcome().map(p -> p.reason().name()).orElse("");
    return Optional.of(
        without("failed/" + why, PostHogStatus.FAILED_AT_STARTUP, 0, recorded.outcome()));
  }

  private Reflection without(
      String occasion, PostHogStatus status, int progress, Optional<Problem> error) {
    return new Reflection(
        key + ":" + occasion,
        status,
        progress,
        0,
        "",
        Optional.empty(),
        true,
        Optional.empty(),
        error,
        false);
  }

  private String occasion(Recorded recorded, Run run, String what) {
    return "%s:%s/%d/%s".formatted(key, run.id(), recorded.attempt(), what);
  }

  private static String prefix(Recorded recorded, Run run) {
    return Intent.prefix(run.plan().migration(), run.id(), recorded.attempt());
  }

  private static int index(Run run) {
    int at = run.ending().map(Run.Ending::resumeAt).orElse(run.next()).operation();
    return Math.max(0, at);
  }
}
