package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.check.CheckRunner;
import com.posthog.asyncmigrations.check.Inspections;
import com.posthog.asyncmigrations.check.Inspections.Inspection;
import com.posthog.asyncmigrations.check.Inspections.Slot;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.check.Dependencies;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.Health;
import com.posthog.asyncmigrations.core.check.SeenVersion;
import com.posthog.asyncmigrations.core.decide.Checkpoint;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The checks of one migration, as one pass sees them. */
final class Checkup {
  /** How often health checks are made while a run goes on. */
  static final Duration HEALTH = Duration.ofSeconds(30);

  /** A start relies on nothing older. */
  private static final Duration FRESH = Duration.ofSeconds(30);

  /** What does not pass is looked at again, as often as somebody waits for it. */
  private static final Duration NOT_PASSED = Duration.ofSeconds(5);

  /** What a person has to see to, or what nothing waits for; less than a recheck (contracts, 6). */
  private static final Duration SELDOM = Duration.ofMinutes(9);

  private final Inspections inspections;
  private final Of of;
  private final Session session;
  private final Clock clock;
  private final Runnable wake;

  Checkup(Inspections inspections, Of of, Session session, Clock clock, Runnable wake) {
    this.inspections = inspections;
    this.of = of;
    this.session = session;
    this.clock = clock;
    this.wake = wake;
  }

  /**
   * Whom the checks are of.
   *
   * @param uid of the resource
   * @param migration its own name
   * @param instance namespace and name
   * @param version tells the installed version of PostHog
   * @param neighbours tells the migrations of the same instance
   */
  record Of(
      String uid,
      String migration,
      String instance,
      Supplier<SeenVersion> version,
      Supplier<List<Dependencies.Neighbour>> neighbours) {}

  /**
   * What findings are about; others are asked anew.
   *
   * @param again grows when a person asks for it, or a run is taken up again
   */
  private record Subject(Checks checks, int attempt, int again, Session session) {}

  /**
   * Whether it may begin now. Where somebody else's run is waited for, and in a dry run, old
   * answers are enough.
   */
  Gate.Answer gate(Desired desired, Recorded recorded, LeaseView lease) {
    return Gate.ask(Checkpoint.scope(desired, recorded), new Known(desired, recorded, lease));
  }

  /** Whether it may go on; makes the health checks again when they are due. */
  Health health(Desired desired, Recorded recorded) {
    if (!Checkpoint.watchesHealth(recorded) || desired.checks().healthchecks().isEmpty()) {
      return Health.NOT_CHECKED;
    }
    Slot slot = slot(Stage.HEALTH);
    int resumed = recorded.run().map(Run::endings).orElse(0);
    Subject subject = new Subject(desired.checks(), recorded.attempt(), resumed, session);
    Optional<Inspection> newest = inspections.newest(slot, subject);
    if (older(newest, HEALTH)) {
      begin(slot, subject);
    }
    return newest.map(Inspection::health).orElse(Health.NOT_CHECKED);
  }

  private final class Known implements Gate.Evidence {
    private final Desired desired;
    private final Recorded recorded;
    private final boolean relaxed;
    private final Subject subject;

    Known(Desired desired, Recorded recorded, LeaseView lease) {
      this.desired = desired;
      this.recorded = recorded;
      relaxed = lease instanceof LeaseView.Taken || desired.dryRun();
      subject = new Subject(desired.checks(), recorded.attempt(), desired.retryNonce(), session);
    }

    @Override
    public Optional<Finding> version() {
      return desired
          .checks()
          .window()
          .map(window -> of.version().get().against(window, clock.instant()));
    }

    @Override
    public List<Finding> dependencies() {
      List<String> names = desired.checks().dependsOn();
      return names.isEmpty()
          ? List.of()
          : new Dependencies(of.neighbours().get()).of(of.migration(), names, clock.instant());
    }

    @Override
    public Optional<List<Finding>> newest(Stage stage) {
      if (asksNothing(stage)) {
        return Optional.of(List.of());
      }
      Optional<Inspection> newest = inspections.newest(slot(stage), subject);
      if (older(newest, newest.map(this::goodFor).orElse(Duration.ZERO))) {
        begin(slot(stage), subject);
      }
      return newest.map(i -> i.health().findings());
    }

    @Override
    public boolean fresh(Stage stage) {
      if (asksNothing(stage) || relaxed) {
        return true;
      }
      boolean old = older(inspections.newest(slot(stage), subject), FRESH);
      if (old) {
        begin(slot(stage), subject);
      }
      return !old;
    }

    private Duration goodFor(Inspection inspection) {
      boolean passed =
          inspection.health().findings().stream().allMatch(f -> f.is(Finding.Result.PASSED));
      boolean seldom = passed || relaxed || recorded.phase() == Phase.FAILED_AT_STARTUP;
      return seldom ? SELDOM : NOT_PASSED;
    }

    private boolean asksNothing(Stage stage) {
      Checks checks = desired.checks();
      return switch (stage) {
        case REQUIREMENT -> checks.requiredWhen().isEmpty();
        case SERVICES -> checks.serviceVersions().isEmpty();
        case CHECKS -> checks.prechecks().isEmpty() && checks.healthchecks().isEmpty();
        case HEALTH -> checks.healthchecks().isEmpty();
      };
    }
  }

  private Slot slot(Stage stage) {
    return new Slot(of.uid(), stage);
  }

  private boolean older(Optional<Inspection> inspection, Duration age) {
    return inspection.filter(i -> i.at().plus(age).isAfter(clock.instant())).isEmpty();
  }

  private void begin(Slot slot, Subject subject) {
    CheckRunner runner = new CheckRunner(session.clickHouse(), session.postgres(), clock);
    inspections.begin(
        slot, subject, of.instance(), () -> runner.make(slot.stage(), subject.checks()), wake);
  }
}
