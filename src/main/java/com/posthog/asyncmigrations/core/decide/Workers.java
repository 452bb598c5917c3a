package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;
import java.util.Optional;

/**
 * The worker Deployment of a run, recorded before its first change.
 *
 * @param deployment its name
 * @param container the container that the CPU figures are of
 * @param autoscaler its HorizontalPodAutoscaler, if it has one
 * @param original what was there before; only the parts that the run changes
 * @param applied what the run sets
 * @param state how far that is
 * @param since when it came to this state
 * @param heldSince when the operation that holds it at this size began; absent for the worker, and
 *     in what an older operator wrote
 */
public record Workers(
    String deployment,
    String container,
    Optional<String> autoscaler,
    WorkerSize original,
    WorkerSize applied,
    State state,
    Instant since,
    Optional<Instant> heldSince) {

  /** One that no operation holds. */
  public Workers(
      String deployment,
      String container,
      Optional<String> autoscaler,
      WorkerSize original,
      WorkerSize applied,
      State state,
      Instant since) {
    this(deployment, container, autoscaler, original, applied, state, since, Optional.empty());
  }

  /** States of the scaling. */
  public enum State {
    /** Written down, perhaps changed already. */
    RECORDED("Recorded"),
    /** Seen as it was set. */
    SCALED("Scaled"),
    /** Put back. */
    RESTORED("Restored");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** The word in the status. */
    public String word() {
      return word;
    }
  }

  /** The same, of a Deployment that had this before. */
  Workers from(WorkerSize before) {
    return new Workers(deployment, container, autoscaler, before, applied, state, since, heldSince);
  }

  /** The same, which an operation holds that begins now: when this was recorded. */
  Workers held() {
    return new Workers(
        deployment, container, autoscaler, original, applied, state, since, Optional.of(since));
  }

  /** The same Deployment in another state. */
  public Workers in(State next, Instant when) {
    return new Workers(deployment, container, autoscaler, original, applied, next, when, heldSince);
  }
}
