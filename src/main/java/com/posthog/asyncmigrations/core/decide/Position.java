package com.posthog.asyncmigrations.core.decide;

/**
 * One step of a run, and which try of it.
 *
 * @param stage in which direction
 * @param operation index of the operation, from 0; in {@link Stage#RESTORE} the number of the
 *     ending, from 0
 * @param step index of the step within the operation, its rollback, or what is always restored
 * @param tryNumber which try, from 1; it grows only when the outcome of the last one is known
 */
public record Position(Stage stage, int operation, int step, int tryNumber) {

  /** Directions. */
  public enum Stage {
    /** Operations, first to last. */
    FORWARD("Forward", "f"),
    /** Rollbacks, last to first. */
    BACKWARD("Backward", "r"),
    /** The rollback of one operation that will then be repeated. */
    REDO("Redo", "u"),
    /** What is restored at the end, whatever happened. */
    RESTORE("Restore", "e");

    private final String word;

    private final String letter;

    Stage(String word, String letter) {
      this.word = word;
      this.letter = letter;
    }

    /** The letter in the ids of its effects: no two stages share one. */
    public String letter() {
      return letter;
    }

    /** The word in the status. */
    public String word() {
      return word;
    }
  }

  /** What the steps that it belongs to are called: the operation, and in which direction. */
  public String sequence() {
    return stage.letter() + operation;
  }

  /** Whether it is the same step, in whatever try. */
  public boolean sameStep(Position other) {
    return stage == other.stage && operation == other.operation && step == other.step;
  }

  /** The same step, tried once more. */
  public Position again() {
    return new Position(stage, operation, step, tryNumber + 1);
  }

  /** The next step of the same operation. */
  public Position nextStep() {
    return new Position(stage, operation, step + 1, tryNumber);
  }
}
