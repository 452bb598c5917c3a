package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Observed;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Wish;
import com.posthog.asyncmigrations.core.mirror.MirrorMode;
import com.posthog.asyncmigrations.core.mirror.PostHogRow;
import com.posthog.asyncmigrations.core.mirror.Reflection;
import com.posthog.asyncmigrations.core.mirror.Reflections;
import com.posthog.asyncmigrations.posthog.Definition;
import com.posthog.asyncmigrations.posthog.PostHogTables;
import java.util.Optional;

/** PostHog's own row of one migration, as one pass reads and writes it. */
final class Mirror {
  private final PostHogTables tables;
  private final MigrationKey key;
  private final MirrorMode mode;
  private final Definition definition;

  Mirror(PostHogTables tables, MigrationKey key, MirrorMode mode, Definition definition) {
    this.tables = tables;
    this.key = key;
    this.mode = mode;
    this.definition = definition;
  }

  /**
   * Adds what PostHog's row says, where the next decision depends on it: before a run, and between
   * its steps. What has had a run of its own is not adopted any more.
   */
  Observed beside(Observed seen, Desired desired, Recorded recorded) {
    boolean before = recorded.phase() == Phase.NOT_STARTED;
    if (mode == MirrorMode.OFF || (!before && !betweenSteps(recorded))) {
      return seen;
    }
    boolean starts = before && desired.wish() == Wish.COMPLETED;
    Optional<PostHogRow> row = tables.find(key.migration(), starts);
    boolean adopted =
        recorded.run().isEmpty() && row.filter(PostHogRow::completedByPostHog).isPresent();
    return seen.withPostHog(adopted, row.flatMap(r -> r.taken(key.migration())));
  }

  /** Says what is recorded. False: try again. */
  boolean reflect(Recorded recorded, int progress) {
    Optional<Reflection> wanted = new Reflections(mode, key).of(recorded, progress);
    return wanted.isEmpty() || tables.reflect(key, wanted.get(), recorded, definition);
  }

  /**
   * Says how the run has ended, or takes back what the operator has written of one that is given
   * up: once the resource is gone, nobody will.
   *
   * @throws ProblemException when PostHog's pods would be kept from starting for ever
   */
  void letGo(Recorded recorded, int progress) {
    MirrorMode last = recorded.phase().active() ? MirrorMode.OFF : mode;
    Optional<Reflection> wanted = new Reflections(last, key).of(recorded, progress);
    try {
      wanted.ifPresent(reflection -> tables.reflect(key, reflection, recorded, definition));
    } catch (ProblemException unwritten) {
      if (mode != MirrorMode.OFF
          && tables.find(key.migration(), false).filter(PostHogRow::holdsUp).isPresent()) {
        throw new ProblemException(
            unwritten.problem().at("posthog_asyncmigration still has status 5 (Starting)"));
      }
    }
  }

  private static boolean betweenSteps(Recorded recorded) {
    boolean goesOn =
        switch (recorded.phase()) {
          case STARTING, RUNNING, ROLLING_BACK -> true;
          case NOT_STARTED,
              PAUSED,
              AWAITING_APPROVAL,
              STOPPING,
              COMPLETED,
              ERRORED,
              ROLLED_BACK,
              FAILED_AT_STARTUP ->
              false;
        };
    Optional<Run> run = recorded.run();
    return goesOn && run.flatMap(Run::intent).isEmpty() && run.flatMap(Run::ending).isEmpty();
  }
}
