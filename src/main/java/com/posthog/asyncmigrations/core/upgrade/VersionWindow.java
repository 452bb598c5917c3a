package com.posthog.asyncmigrations.core.upgrade;

/**
 * The versions of PostHog that a migration can run on.
 *
 * @param min the first one
 * @param max the last one; both belong to the window
 */
public record VersionWindow(Version min, Version max) {

  /** Where a version stands to a window. */
  public enum Place {
    /** Too old: the migration comes with a later version. */
    BEFORE,
    /** The migration can run. */
    WITHIN,
    /** Too new: the migration should have been completed before. */
    AFTER
  }

  /** Refuses a window that no version is in. */
  public VersionWindow {
    if (min.compareTo(max) > 0) {
      throw new IllegalArgumentException("min " + min + " is after max " + max);
    }
  }

  /** For a window without a first version. */
  public static final Version NONE_BEFORE = new Version(0, 0, 0);

  /** For a window without a last version. */
  public static final Version NONE_AFTER = new Version(999_999, 999_999, 999_999);

  /** The window, for people. */
  public String describe() {
    if (max.equals(NONE_AFTER)) {
      return min + " or later";
    }
    return min.equals(NONE_BEFORE) ? max + " or earlier" : min + " - " + max;
  }

  /** Where a version stands. */
  public Place place(Version version) {
    if (version.compareTo(min) < 0) {
      return Place.BEFORE;
    }
    return version.compareTo(max) > 0 ? Place.AFTER : Place.WITHIN;
  }
}
