package com.posthog.asyncmigrations.core.check;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.upgrade.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Versions that pass, as the {@code SimpleSpec} of Python's {@code semantic_version} has them,
 * which PostHog's migrations are written with: clauses that all must hold. Of versions only the
 * first three numbers count, so that a clause with a pre-release is refused.
 */
public final class VersionRange {
  private static final String NUMBER = "\\*|0|[1-9][0-9]{0,5}";
  private static final Pattern CLAUSE =
      Pattern.compile(
          "(?<op><=|<|==|=|>=|>|!=|\\^|~=|~|)(?<major>%1$s)(?:\\.(?<minor>%1$s)(?:\\.(?<patch>%1$s))?)?"
              .formatted(NUMBER));

  private final String text;
  private final List<Predicate<Version>> clauses;

  private VersionRange(String text, List<Predicate<Version>> clauses) {
    this.text = text;
    this.clauses = clauses;
  }

  /**
   * Reads a range.
   *
   * @throws ProblemException with {@link Reason#InvalidPlan} when it is none
   */
  public static VersionRange parse(String text) {
    List<Predicate<Version>> clauses = new ArrayList<>();
    for (String clause : text.split(",", -1)) {
      Matcher matcher = CLAUSE.matcher(clause.strip());
      if (!matcher.matches()) {
        throw refuse(clause);
      }
      clauses.add(clause(clause, matcher));
    }
    return new VersionRange(text, clauses);
  }

  /** Whether a version passes. */
  public boolean contains(Version version) {
    return clauses.stream().allMatch(clause -> clause.test(version));
  }

  private static Predicate<Version> clause(String text, Matcher parts) {
    String op = parts.group("op");
    int given = given(parts);
    if (given == 0) {
      if (!List.of("", "=", "==", ">=").contains(op)) {
        throw refuse(text);
      }
      return any -> true;
    }
    Version from =
        new Version(
            number(parts, "major"),
            given > 1 ? number(parts, "minor") : 0,
            given > 2 ? number(parts, "patch") : 0);
    Predicate<Version> before = v -> v.compareTo(from) < 0;
    Predicate<Version> within = before.negate().and(below(next(from, given)));
    return switch (op) {
      case "<" -> before;
      case "<=" -> below(next(from, given));
      case ">" -> below(next(from, given)).negate();
      case ">=" -> before.negate();
      case "!=" -> within.negate();
      case "~" -> before.negate().and(below(next(from, Math.min(given, 2))));
      case "~=" -> before.negate().and(below(next(from, given == 3 ? 2 : 1)));
      case "^" -> before.negate().and(below(next(from, mostSignificant(from))));
      default -> within;
    };
  }

  private static Predicate<Version> below(Version end) {
    return v -> v.compareTo(end) < 0;
  }

  /** How many numbers are there before the first wildcard. */
  private static int given(Matcher parts) {
    int given = 0;
    for (String part : List.of("major", "minor", "patch")) {
      String number = parts.group(part);
      if (number == null || number.equals("*")) {
        return given;
      }
      given++;
    }
    return given;
  }

  private static int number(Matcher parts, String part) {
    return Integer.parseInt(parts.group(part));
  }

  /** The first version after all that begin with so many numbers of this one. */
  private static Version next(Version version, int numbers) {
    return switch (numbers) {
      case 1 -> new Version(version.major() + 1, 0, 0);
      case 2 -> new Version(version.major(), version.minor() + 1, 0);
      default -> new Version(version.major(), version.minor(), version.patch() + 1);
    };
  }

  private static int mostSignificant(Version version) {
    if (version.major() > 0) {
      return 1;
    }
    return version.minor() > 0 ? 2 : 3;
  }

  private static ProblemException refuse(String clause) {
    return new ProblemException(
        new Problem(
            Reason.InvalidPlan,
            "spec.serviceVersions: '%s' is no range; clauses such as >=21.6.0,<21.7.0 would pass"
                .formatted(clause)));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionRange range && range.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }
}
