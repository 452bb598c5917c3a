package com.posthog.asyncmigrations.core.plan;

import java.util.List;
import java.util.Optional;

/**
 * A migration, compiled once: a spec that is edited during a run does not change the run.
 *
 * @param restoreAlways what runs at the end, whatever happened
 * @param hash hash of all of it
 */
public record Plan(
    String migration, List<PlannedOperation> operations, List<Step> restoreAlways, String hash) {

  /** Keeps copies. */
  public Plan {
    operations = List.copyOf(operations);
    restoreAlways = List.copyOf(restoreAlways);
  }

  /**
   * Whether the first operations of both plans are the same: what a resumed run has begun must not
   * have changed.
   */
  public boolean sharesPrefix(Plan other, int length) {
    if (operations.size() < length || other.operations.size() < length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (!operations.get(i).hash().equals(other.operations.get(i).hash())) {
        return false;
      }
    }
    return true;
  }

  /** The first of the begun operations that cannot be undone. */
  public Optional<PlannedOperation> firstIrreversible(int begun) {
    return operations.stream().limit(begun).filter(o -> o.undo().irreversible()).findFirst();
  }
}
