package com.posthog.asyncmigrations.quickstart;

import java.util.ArrayList;
import java.util.List;

/**
 * The events before a migration and after it.
 *
 * @param sent what clients have inserted meanwhile
 */
record Comparison(Events.Facts before, Clients.Sent sent, Events.Facts after) {

  /** Whether every event is there, once, and as it was. */
  boolean holds() {
    return wrong().isEmpty();
  }

  /** What has come of it, in one sentence. */
  String sentence() {
    String inserted =
        "%s that %d clients have inserted meanwhile"
            .formatted(ProgressLine.number(sent.acknowledged()), Clients.COUNT);
    return holds()
        ? "compared: every row is there, once: %s as they were, and %s"
            .formatted(ProgressLine.number(before.rows()), inserted)
        : "compared: of %s rows, and %s, %s"
            .formatted(ProgressLine.number(before.rows()), inserted, String.join(", ", wrong()));
  }

  private List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    long expected = before.rows() + sent.acknowledged();
    if (after.different() < expected) {
      wrong.add(ProgressLine.number(expected - after.different()) + " are missing");
    }
    if (after.different() > expected + sent.unanswered()) {
      wrong.add(
          ProgressLine.number(after.different() - expected - sent.unanswered())
              + " are there that nobody has inserted");
    }
    if (after.rows() > after.different()) {
      wrong.add(ProgressLine.number(after.rows() - after.different()) + " are there twice");
    }
    if (!after.content().equals(before.content())) {
      wrong.add("some of those that were there are not as they were");
    }
    return wrong;
  }
}
