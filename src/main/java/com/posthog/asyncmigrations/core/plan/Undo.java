package com.posthog.asyncmigrations.core.plan;

import java.util.List;

/** How an operation is undone. */
public sealed interface Undo {

  /** By steps, which cope with an operation that never ran, half ran or was undone already. */
  record By(List<Step> steps) implements Undo {
    /** Keeps a copy. */
    public By {
      steps = List.copyOf(steps);
    }
  }

  /** Not at all. */
  record Irreversible() implements Undo {}

  /** There is nothing to undo. */
  record NotNeeded() implements Undo {}

  /** The steps that undo it; none where there is nothing to undo, or no way. */
  default List<Step> steps() {
    return List.of();
  }

  /** Whether the operation cannot be undone once it has begun. */
  default boolean irreversible() {
    return this instanceof Irreversible;
  }
}
