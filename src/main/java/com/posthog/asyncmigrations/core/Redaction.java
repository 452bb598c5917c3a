package com.posthog.asyncmigrations.core;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Takes passwords out of what a server says: an error may quote the statement, and a statement may
 * contain one, as the source of a dictionary does.
 *
 * @param secrets as they are, and as a string in SQL has them; the longest first
 */
public record Redaction(List<String> secrets) {
  private static final String INSTEAD = "[redacted]";
  private static final int SHORT = 8;

  /** Keeps a copy of the list. */
  public Redaction {
    secrets = List.copyOf(secrets);
  }

  /** Takes out the passwords of these. */
  public static Redaction of(Credentials... all) {
    return new Redaction(
        Stream.of(all)
            .map(Credentials::password)
            .filter(password -> !password.isEmpty())
            .flatMap(Redaction::spellings)
            .distinct()
            .sorted(Comparator.comparing(String::length).reversed())
            .toList());
  }

  private static Stream<String> spellings(String password) {
    String escaped = password.replace("\\", "\\\\");
    return Stream.of(
        password,
        password.replace("'", "''"),
        escaped.replace("'", "\\'"),
        escaped.replace("'", "''"));
  }

  /** The text without them. */
  public String of(String text) {
    String clean = text;
    for (String secret : secrets) {
      clean =
          secret.length() < SHORT
              ? alone(secret).matcher(clean).replaceAll(Matcher.quoteReplacement(INSTEAD))
              : clean.replace(secret, INSTEAD);
    }
    return clean;
  }

  /** A short password may be a part of a word, which then tells nothing. */
  private static Pattern alone(String secret) {
    return Pattern.compile("(?<![\\p{L}\\p{N}])" + Pattern.quote(secret) + "(?![\\p{L}\\p{N}])");
  }

  /** Tells none. */
  @Override
  public String toString() {
    return "Redaction[" + secrets.size() + " spellings]";
  }
}
