package com.posthog.asyncmigrations.core.upgrade;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of PostHog: three numbers, compared one by one. */
public record Version(int major, int minor, int patch) implements Comparable<Version> {
  /**
   * As releases, image tags and people write it: {@code 1.36.1}, {@code v1.36.1}, {@code
   * release-1.36.1}.
   */
  private static final Pattern WRITTEN =
      Pattern.compile("(?:release-|v)?(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})");

  private static final Comparator<Version> ORDER =
      Comparator.comparingInt(Version::major)
          .thenComparingInt(Version::minor)
          .thenComparingInt(Version::patch);

  /**
   * The version that a text is; empty where it is none, such as {@code latest} or a commit's hash.
   */
  public static Optional<Version> parse(String text) {
    Matcher matcher = WRITTEN.matcher(text.strip());
    return matcher.matches()
        ? Optional.of(
            new Version(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3))))
        : Optional.empty();
  }

  /** The version in the tag of an image, with or without a registry's port and a digest. */
  public static Optional<Version> ofImage(String image) {
    String name = image.contains("@") ? image.substring(0, image.indexOf('@')) : image;
    int tag = name.lastIndexOf(':');
    return tag > name.lastIndexOf('/') ? parse(name.substring(tag + 1)) : Optional.empty();
  }

  @Override
  public int compareTo(Version other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
