package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lets a migration start, or says what stands in the way: the checks one after the other, of which
 * the first that does not pass counts.
 */
public final class Gate {
  private final Scope scope;
  private final Evidence evidence;
  private final List<Finding> seen = new ArrayList<>();
  private final Set<Stage> asked = EnumSet.noneOf(Stage.class);

  private Gate(Scope scope, Evidence evidence) {
    this.scope = scope;
    this.evidence = evidence;
  }

  /** What is asked before what. */
  public enum Scope {
    /** Nothing: nothing begins now. */
    NOTHING,
    /** Whether the migration is needed, since one that is not completes without a wish. */
    NEED,
    /** All that a start asks. */
    START,
    /** All that a resume asks: what has begun is needed, whatever {@code requiredWhen} says now. */
    RESUME
  }

  /** Checks that are made together, apart from the pass, since they may take their time. */
  public enum Stage {
    REQUIREMENT,
    SERVICES,
    CHECKS,
    /** The health checks of a run; no stage of the gate. */
    HEALTH
  }

  /** What is known. */
  public interface Evidence {
    /** The installed version against the window; absent where there is none. */
    Optional<Finding> version();

    /** What the migrations that come before are found to be. */
    List<Finding> dependencies();

    /** The newest findings of a stage; absent while they are being made for the first time. */
    Optional<List<Finding>> newest(Stage stage);

    /** Whether those are new enough to start by; if not, they are being made again. */
    boolean fresh(Stage stage);
  }

  /**
   * What the gate says.
   *
   * @param obstacle what has to pass by itself
   * @param refusal what a person has to see to
   * @param required whether the migration is needed
   * @param known whether the obstacle is something that was found, rather than not being able to
   *     tell
   * @param findings what was looked at, up to what stands in the way
   */
  public record Answer(
      Optional<Problem> obstacle,
      Optional<Problem> refusal,
      boolean required,
      boolean known,
      List<Finding> findings) {
    /** Keeps a copy. */
    public Answer {
      findings = List.copyOf(findings);
    }
  }

  /** Asks what this scope asks. */
  public static Answer ask(Scope scope, Evidence evidence) {
    return new Gate(scope, evidence).ask();
  }

  private Answer ask() {
    if (scope == Scope.NOTHING) {
      return open(true);
    }
    Optional<Finding> version = evidence.version();
    version.ifPresent(seen::add);
    Optional<Finding> tooNew =
        version.filter(v -> !v.is(Result.PASSED) && v.verdict().reason() == Reason.VersionTooNew);
    if (version.isPresent() && !version.get().is(Result.PASSED) && tooNew.isEmpty()) {
      return obstacle(version.get());
    }
    if (scope != Scope.RESUME) {
      Optional<List<Finding>> need = stage(Stage.REQUIREMENT);
      if (need.isEmpty()) {
        return checking();
      }
      for (Finding finding : need.get()) {
        if (finding.verdict().reason() == Reason.NotRequired) {
          return open(false);
        }
        if (!finding.is(Result.PASSED)) {
          return obstacle(finding);
        }
      }
    }
    if (tooNew.isPresent()) {
      return refusal(List.of(tooNew.get()));
    }
    return scope == Scope.NEED ? open(true) : askTheRest();
  }

  private Answer askTheRest() {
    Optional<List<Finding>> services = stage(Stage.SERVICES);
    Optional<Answer> closed = services.isEmpty() ? Optional.of(checking()) : judge(services.get());
    if (closed.isPresent()) {
      return closed.get();
    }
    List<Finding> dependencies = evidence.dependencies();
    seen.addAll(dependencies);
    for (Finding finding : dependencies) {
      if (!finding.is(Result.PASSED)) {
        return finding.verdict().reason() == Reason.WaitingForDependency
            ? obstacle(finding)
            : refusal(List.of(finding));
      }
    }
    Optional<List<Finding>> checks = stage(Stage.CHECKS);
    closed = checks.isEmpty() ? Optional.of(checking()) : judge(checks.get());
    if (closed.isPresent()) {
      return closed.get();
    }
    boolean fresh = true;
    for (Stage stage : asked) {
      fresh &= evidence.fresh(stage);
    }
    return fresh ? open(true) : checking();
  }

  private Optional<List<Finding>> stage(Stage stage) {
    asked.add(stage);
    Optional<List<Finding>> newest = evidence.newest(stage);
    newest.ifPresent(seen::addAll);
    return newest;
  }

  /** The first kind that has not passed counts; in it, what failed before what is unknown. */
  private Optional<Answer> judge(List<Finding> findings) {
    for (Kind kind : Kind.values()) {
      List<Finding> failed =
          findings.stream().filter(f -> f.kind() == kind && f.is(Result.FAILED)).toList();
      if (!failed.isEmpty()) {
        return Optional.of(refusal(failed));
      }
      Optional<Finding> unknown =
          findings.stream().filter(f -> f.kind() == kind && f.is(Result.UNKNOWN)).findFirst();
      if (unknown.isPresent()) {
        return unknown.map(
            u -> new Answer(Optional.of(u.problem()), Optional.empty(), true, false, seen));
      }
    }
    return Optional.empty();
  }

  private Answer open(boolean required) {
    return new Answer(Optional.empty(), Optional.empty(), required, true, seen);
  }

  private Answer checking() {
    Problem why = new Problem(Reason.Checking, "the checks before the start are being made");
    return new Answer(Optional.of(why), Optional.empty(), true, false, seen);
  }

  private Answer obstacle(Finding finding) {
    boolean known = finding.is(Result.FAILED);
    return new Answer(Optional.of(finding.problem()), Optional.empty(), true, known, seen);
  }

  private Answer refusal(List<Finding> failed) {
    Problem first = failed.get(0).problem();
    String others =
        failed.size() > 1 ? " (%d more: see status.checks)".formatted(failed.size() - 1) : "";
    Problem why = new Problem(first.reason(), first.message() + others);
    return new Answer(Optional.empty(), Optional.of(why), true, true, seen);
  }
}
