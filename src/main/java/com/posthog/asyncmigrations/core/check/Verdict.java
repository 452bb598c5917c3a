package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Finding.Result;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.core.upgrade.VersionWindow;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was found, and what it is worth.
 *
 * @param reason the word for it
 * @param wouldPass what would pass, or would have
 */
public record Verdict(Result result, Reason reason, String found, String wouldPass) {
  private static final String ANSWERS = "1, 0, true or false";

  /** It is as it must be. */
  static Verdict passed(Kind kind, String found, String wouldPass) {
    return new Verdict(Result.PASSED, Finding.refusal(kind), found, wouldPass);
  }

  /** It is not. */
  static Verdict failed(Kind kind, String found, String wouldPass) {
    return new Verdict(Result.FAILED, Finding.refusal(kind), found, wouldPass);
  }

  /**
   * What a check comes to that met this problem. A server that answers with an error has answered;
   * one that is away, or takes too long, tells nothing.
   */
  public static Verdict of(Kind kind, Problem problem, String wouldPass) {
    if (kind == Kind.REQUIREMENT) {
      return new Verdict(Result.UNKNOWN, Reason.RequirementUnknown, problem.message(), ANSWERS);
    }
    return switch (problem.reason()) {
      case StatementFailed, DatabaseRefused -> failed(kind, problem.message(), wouldPass);
      default -> new Verdict(Result.UNKNOWN, problem.reason(), problem.message(), wouldPass);
    };
  }

  /** Whether the migration is needed, by the first value that {@code requiredWhen} answered. */
  public static Verdict ofRequirement(Optional<String> answer) {
    String word = answer.orElse("").strip().toLowerCase(Locale.ROOT);
    return switch (word) {
      case "1", "true", "t" -> passed(Kind.REQUIREMENT, word + ": it is needed", ANSWERS);
      case "0", "false", "f" ->
          new Verdict(Result.PASSED, Reason.NotRequired, word + ": it is not needed", ANSWERS);
      default ->
          new Verdict(
              Result.UNKNOWN,
              Reason.RequirementUnknown,
              answer.map(a -> "the answer '" + a + "'").orElse("no row"),
              ANSWERS);
    };
  }

  /** Whether the installed version of PostHog is one that the migration can run on. */
  public static Verdict ofVersion(VersionWindow window, Version version) {
    String found = "version " + version;
    return switch (window.place(version)) {
      case WITHIN -> passed(Kind.POSTHOG_VERSION, found, window.describe());
      case BEFORE -> new Verdict(Result.FAILED, Reason.VersionTooOld, found, window.describe());
      case AFTER -> new Verdict(Result.FAILED, Reason.VersionTooNew, found, window.describe());
    };
  }

  /** Nobody can tell which version of PostHog is installed. */
  public static Verdict ofUnknownVersion(VersionWindow window, Problem why) {
    return new Verdict(Result.UNKNOWN, why.reason(), why.message(), window.describe());
  }

  /** Whether the servers of a database have versions that pass; the first that has not counts. */
  public static Verdict ofServers(VersionRange range, List<Measured.Server> servers) {
    for (Measured.Server server : servers) {
      if (server.version().filter(range::contains).isEmpty()) {
        return failed(Kind.SERVICE_VERSION, server.node() + " has " + server.text(), "" + range);
      }
    }
    return passed(
        Kind.SERVICE_VERSION,
        servers.stream().map(Measured.Server::text).distinct().toList().toString(),
        range.toString());
  }

  /** Whether every node that was asked has answered what is expected. */
  public static Verdict ofAnswers(
      Kind kind, Expectation expectation, List<Measured.Value> answers) {
    for (Measured.Value answer : answers) {
      if (answer.value().filter(expectation::passes).isEmpty()) {
        return failed(kind, answer.describe(), expectation.describe());
      }
    }
    return passed(kind, answers.get(0).describe(), expectation.describe());
  }

  /** What was found, and what would pass, in one sentence. */
  public String text() {
    return "found %s; %s would pass".formatted(found, wouldPass);
  }
}
