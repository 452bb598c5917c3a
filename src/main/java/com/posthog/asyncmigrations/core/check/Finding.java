package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.time.Instant;

/**
 * What one check has found.
 *
 * @param name its name, or what it is about
 * @param at when it was found
 */
public record Finding(Kind kind, String name, Verdict verdict, Instant at) {

  /** What is checked, in the order in which it counts. */
  public enum Kind {
    POSTHOG_VERSION("PostHogVersion", "PostHog"),
    REQUIREMENT("Requirement", "requiredWhen"),
    SERVICE_VERSION("ServiceVersion", "version of"),
    DEPENDENCY("Dependency", "dependency"),
    PRECHECK("Precheck", "precheck"),
    HEALTHCHECK("Healthcheck", "healthcheck");

    private final String word;
    private final String people;

    Kind(String word, String people) {
      this.word = word;
      this.people = people;
    }

    /** The word in the status. */
    public String word() {
      return word;
    }
  }

  /** What the answer is worth. */
  public enum Result {
    PASSED("Passed"),
    FAILED("Failed"),
    UNKNOWN("Unknown");

    private final String word;

    Result(String word) {
      this.word = word;
    }

    /** The word in the status. */
    public String word() {
      return word;
    }
  }

  /** Whether it has this result. */
  public boolean is(Result result) {
    return verdict.result() == result;
  }

  /** It, and what it is about, for people. */
  public String where() {
    return switch (kind) {
      case POSTHOG_VERSION, REQUIREMENT -> kind.people;
      case SERVICE_VERSION, DEPENDENCY, PRECHECK, HEALTHCHECK -> kind.people + " " + name;
    };
  }

  /** Why it stands in the way. */
  public Problem problem() {
    return new Problem(verdict.reason(), where() + ": " + verdict.text());
  }

  /** The reason where a check of this kind does not pass. */
  static Reason refusal(Kind kind) {
    return switch (kind) {
      case POSTHOG_VERSION -> Reason.VersionTooNew;
      case REQUIREMENT -> Reason.RequirementUnknown;
      case SERVICE_VERSION -> Reason.ServiceVersionNotMet;
      case DEPENDENCY -> Reason.WaitingForDependency;
      case PRECHECK -> Reason.PrecheckFailed;
      case HEALTHCHECK -> Reason.HealthcheckFailed;
    };
  }
}
