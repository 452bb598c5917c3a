package com.posthog.asyncmigrations.core.upgrade;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What database servers say of their version, of which PostHog counts the first three numbers. */
public final class ServerVersion {
  private static final Pattern NUMBERS =
      Pattern.compile("(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\.(\\d{1,6}))?(?:[^0-9].*)?");

  private ServerVersion() {}

  /**
   * The first three numbers of a text such as {@code 21.8.4.51-testing} or {@code 14.5 (Debian
   * 14.5-1)}; numbers that are not there are 0. Empty where it begins with no number.
   */
  public static Optional<Version> parse(String text) {
    Matcher matcher = NUMBERS.matcher(text.strip());
    return matcher.matches()
        ? Optional.of(new Version(number(matcher, 1), number(matcher, 2), number(matcher, 3)))
        : Optional.empty();
  }

  private static int number(Matcher matcher, int group) {
    String number = matcher.group(group);
    return number == null ? 0 : Integer.parseInt(number);
  }
}
