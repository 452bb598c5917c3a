package com.posthog.asyncmigrations.core.mirror;

import java.util.Optional;

/** What is to be done about PostHog's row, now that it was looked at. */
public enum Verdict {
  /** It says what it should, or what it says is not the operator's to change. */
  LEAVE,
  /** It is written. */
  WRITE,
  /** PostHog runs the migration: it is not touched before that has ended. */
  WAIT;

  /**
   * The verdict on a row.
   *
   * @param row empty where PostHog does not know the migration yet
   * @param lastOccasion what the operator wrote last for this row
   */
  public static Verdict on(
      Reflection wanted, Optional<PostHogRow> row, Optional<String> lastOccasion) {
    if (wanted.releases()) {
      return row.filter(PostHogRow::holdsUp).isPresent() ? WRITE : LEAVE;
    }
    boolean written = lastOccasion.filter(wanted.occasion()::equals).isPresent();
    if (written && !wanted.moves()) {
      return LEAVE;
    }
    if (row.flatMap(r -> r.taken("")).isPresent()) {
      return WAIT;
    }
    boolean completedElsewhere = row.filter(PostHogRow::completedByPostHog).isPresent();
    return completedElsewhere && wanted.status() != PostHogStatus.COMPLETED ? LEAVE : WRITE;
  }
}
