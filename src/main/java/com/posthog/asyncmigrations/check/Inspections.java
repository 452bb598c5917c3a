package com.posthog.asyncmigrations.check;

import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.Health;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes checks apart from the passes, and keeps the newest findings. */
public final class Inspections implements AutoCloseable {
  private final Inquiries<Slot, Health> inquiries;

  /** Tells the time by this clock. */
  public Inspections(Clock clock) {
    inquiries = new Inquiries<>("checks", clock);
  }

  /** The checks of one stage of one migration. */
  public record Slot(String uid, Stage stage) {}

  /**
   * What was found, and when it was.
   *
   * @param health the findings, with how many times in a row each has failed for this subject
   */
  public record Inspection(Health health, Instant at) {}

  /** The newest findings about this subject: what is asked, of whom, and for which attempt. */
  public Optional<Inspection> newest(Slot slot, Object subject) {
    return inquiries.newest(slot, subject).map(a -> new Inspection(a.answer(), a.at()));
  }

  /**
   * Makes the checks of a slot, unless that is under way for the same subject.
   *
   * @param instance whose servers are asked
   * @param wake called when there are findings; from another thread
   */
  public void begin(
      Slot slot, Object subject, String instance, Supplier<List<Finding>> make, Runnable wake) {
    inquiries.begin(
        slot,
        subject,
        instance,
        before -> before.orElse(Health.NOT_CHECKED).after(make.get()),
        wake);
  }

  /** Makes no more checks. */
  @Override
  public void close() {
    inquiries.close();
  }
}
