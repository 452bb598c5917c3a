package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.util.List;
import java.util.Optional;

/** What is known of the step that the recorded intent is for. */
public sealed interface EffectView {

  /** There is no intent. */
  record None() implements EffectView {}

  /** It has never run, and nobody can still start it under this id. */
  record NotRun() implements EffectView {}

  /** Too early to tell, or its server does not answer. */
  record Looking(Problem why) implements EffectView {}

  /**
   * It runs.
   *
   * @param fraction how much of it is done, 0 to 1; 0 where nobody can tell
   * @param rows rows that it has read or written so far
   * @param waiting why it stands still although it runs, where it does
   * @param failing what it fails of again and again: it will not end by itself, and has to be ended
   * @param queryId of what runs of it now, where that has an id of its own
   */
  record Running(
      double fraction,
      long rows,
      Optional<Problem> waiting,
      Optional<Problem> failing,
      Optional<String> queryId)
      implements EffectView {
    /** Of a step that may stand still. */
    public static Running waiting(double fraction, long rows, Optional<Problem> why) {
      return new Running(fraction, rows, why, Optional.empty(), Optional.empty());
    }

    /** Of a step that may fail again and again. */
    public static Running failing(double fraction, long rows, Optional<Problem> why) {
      return new Running(fraction, rows, Optional.empty(), why, Optional.empty());
    }

    /** Of a step that nothing is wrong with. */
    public Running(double fraction, long rows) {
      this(fraction, rows, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The same, of which a statement with this id runs now. */
    public Running by(Optional<String> id) {
      return new Running(fraction, rows, waiting, failing, id);
    }
  }

  /**
   * It has ended early because it was asked to rest; started again, it goes on where it is.
   *
   * @param rows rows that it has read or written so far
   */
  record Rested(long rows) implements EffectView {}

  /**
   * It has ended well.
   *
   * @param rows that it has read or written
   * @param output what it said at its end, for people
   */
  record Finished(long rows, Optional<String> output) implements EffectView {
    /** Of a step that says nothing. */
    public Finished(long rows) {
      this(rows, Optional.empty());
    }
  }

  /** It has ended badly. */
  record Failed(Problem problem) implements EffectView {}

  /** It runs nowhere, and whether it ever ran cannot be told. */
  record Unknown(Problem why) implements EffectView {}

  /**
   * It runs nowhere, and is in a state that must not stay: it is started again under the same id,
   * also where it is to be stopped.
   */
  record Unfinished() implements EffectView {}

  /** What is known of each part of a step that runs on several servers, in their order. */
  record Several(List<EffectView> views) implements EffectView {
    /** Keeps a copy. */
    public Several {
      views = List.copyOf(views);
    }
  }

  /** The only value of its kind. */
  EffectView NONE = new None();
}
