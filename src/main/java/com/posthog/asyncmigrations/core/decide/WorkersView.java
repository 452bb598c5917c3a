package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What is seen of the worker Deployment.
 *
 * @param found what would be recorded for a run that starts now; absent where no scaling is wanted
 * @param asApplied whether every part that the run sets has its value
 * @param notReady why the pods are not ready yet, with their own words; absent when they are
 * @param asWeLeftIt whether some part still has the value that the run set, so that there is
 *     something to put back
 * @param leftAlone a sentence for each part that another hand has changed, and that is not put back
 */
public record WorkersView(
    Optional<Workers> found,
    boolean asApplied,
    Optional<Problem> notReady,
    boolean asWeLeftIt,
    List<String> leftAlone) {

  /** Keeps a copy. */
  public WorkersView {
    leftAlone = List.copyOf(leftAlone);
  }

  /** Of an instance that wants no scaling, and a run that has done none. */
  public static WorkersView none() {
    return new WorkersView(Optional.empty(), true, Optional.empty(), false, List.of());
  }
}
