package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.operation.Steps;
import com.posthog.asyncmigrations.telemetry.Telemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Counts the steps that begin and end between two records. */
final class StepCounts {
  private final Telemetry telemetry;

  StepCounts(Telemetry telemetry) {
    this.telemetry = telemetry;
  }

  void count(Recorded before, Recorded next, Choice choice, Instant now) {
    Optional<Intent> was = before.run().flatMap(Run::intent);
    Optional<Intent> is = next.run().flatMap(Run::intent);
    if (is.isPresent() && !is.map(Intent::effectId).equals(was.map(Intent::effectId))) {
      telemetry.stepStarted(database(next));
    }
    if (was.isPresent() && is.isEmpty()) {
      ended(database(before), choice.observed().effect(), Duration.between(was.get().at(), now));
    }
  }

  private void ended(String database, EffectView effect, Duration after) {
    if (effect instanceof EffectView.Finished || effect instanceof EffectView.Rested) {
      telemetry.stepFinished(database, after);
    } else if (effect instanceof EffectView.Failed failed) {
      telemetry.stepFailed(database, failed.problem().reason(), after);
    } else if (effect instanceof EffectView.Unknown) {
      telemetry.stepFailed(database, Reason.OutcomeUnknown, after);
    } else {
      telemetry.stepFailed(database, Reason.StatementKilled, after); // before it was sent
    }
  }

  private static String database(Recorded recorded) {
    return recorded
        .run()
        .flatMap(Run::step)
        .map(Steps::targetOf)
        .map(d -> d.name().toLowerCase(Locale.ROOT))
        .orElse("none");
  }
}
