package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.util.Optional;

/**
 * One of the servers that a step runs on at the same time, and what became of the step there.
 *
 * @param node the server
 * @param effectId the id that the statement carries there
 * @param token the lease's token when it was last decided to start it there
 * @param state how far it is
 * @param rows rows that it has read or written, once it has finished
 * @param problem why it has failed
 * @param output what it said at its end, for people
 */
public record Part(
    NodeRef node,
    String effectId,
    long token,
    State state,
    long rows,
    Optional<Problem> problem,
    Optional<String> output) {

  /** One that has said nothing. */
  public Part(
      NodeRef node,
      String effectId,
      long token,
      State state,
      long rows,
      Optional<Problem> problem) {
    this(node, effectId, token, state, rows, problem, Optional.empty());
  }

  /** How far a part is. */
  public enum State {
    /** Not known to have ended. */
    OPEN("Open"),
    FINISHED("Finished"),
    FAILED("Failed");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** The word in the status. */
    public String word() {
      return word;
    }
  }

  static Part open(NodeRef node, String effectId, long token) {
    return new Part(node, effectId, token, State.OPEN, 0, Optional.empty());
  }

  /** Whether it is known to have ended. */
  public boolean ended() {
    return state != State.OPEN;
  }

  Part under(long newToken) {
    return new Part(node, effectId, newToken, state, rows, problem, output);
  }

  /** The same with what was seen of it, if that is its end. */
  Part seen(EffectView view) {
    if (view instanceof EffectView.Finished finished) {
      return new Part(
          node,
          effectId,
          token,
          State.FINISHED,
          finished.rows(),
          Optional.empty(),
          finished.output());
    }
    return view instanceof EffectView.Failed failed
        ? new Part(node, effectId, token, State.FAILED, 0, Optional.of(failed.problem()))
        : this;
  }

  /** What is known of a part that has ended. */
  public EffectView end() {
    return problem
        .<EffectView>map(EffectView.Failed::new)
        .orElseGet(() -> new EffectView.Finished(rows, output));
  }
}
