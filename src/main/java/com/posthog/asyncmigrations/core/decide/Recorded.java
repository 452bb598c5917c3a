package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.util.Optional;

/**
 * Everything that is remembered of a migration. It is written before every effect, to PostgreSQL
 * and to the status, and read back before the effect is started.
 *
 * @param revision grows with every record
 * @param phase where the migration stands
 * @param attempt how many times it was started from its first operation
 * @param observedRetryNonce the newest retryNonce that was consumed
 * @param outcome why it stands in a phase that has ended
 * @param run the latest attempt, if there was one
 */
public record Recorded(
    long revision,
    Phase phase,
    int attempt,
    int observedRetryNonce,
    Optional<Problem> outcome,
    Optional<Run> run) {

  /** A migration that nobody has touched. */
  public static final Recorded NOTHING =
      new Recorded(0, Phase.NOT_STARTED, 0, 0, Optional.empty(), Optional.empty());

  Recorded to(Phase next) {
    return new Recorded(revision + 1, next, attempt, observedRetryNonce, outcome, run);
  }

  Recorded to(Phase next, Problem why) {
    return new Recorded(revision + 1, next, attempt, observedRetryNonce, Optional.of(why), run);
  }

  Recorded to(Phase next, Run changed) {
    return new Recorded(
        revision + 1, next, attempt, observedRetryNonce, Optional.empty(), Optional.of(changed));
  }

  /** The same, with the reason for its phase. */
  Recorded because(Problem why) {
    return new Recorded(revision, phase, attempt, observedRetryNonce, Optional.of(why), run);
  }

  Recorded with(Run changed) {
    return new Recorded(
        revision + 1, phase, attempt, observedRetryNonce, outcome, Optional.of(changed));
  }

  Recorded started(Run fresh) {
    return new Recorded(
        revision + 1,
        Phase.STARTING,
        attempt + 1,
        observedRetryNonce,
        Optional.empty(),
        Optional.of(fresh));
  }

  Recorded consuming(int nonce) {
    return new Recorded(revision, phase, attempt, nonce, outcome, run);
  }

  /** The run, in the phases that have one. */
  public Run theRun() {
    return run.orElseThrow(() -> new IllegalStateException(phase + " without a run"));
  }
}
