package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.CopyTableOperation;
import com.posthog.asyncmigrations.api.ExchangeTablesOperation;
import com.posthog.asyncmigrations.api.OperationSpec;
import com.posthog.asyncmigrations.api.ScaleDeploymentOperation;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A copy with live: Pause needs a hold of what writes to its source: with a limit, and until its
 * target has the source's name.
 */
record PauseCheck(List<OperationSpec> operations) {

  /**
   * Refuses a copy with live: Pause during which nothing is held.
   *
   * @throws ProblemException which says what to add
   */
  void require(String operation, CopyTableOperation copy) {
    if (copy.live() != CopyTableOperation.Live.Pause) {
      return;
    }
    int at =
        IntStream.range(0, operations.size())
            .filter(i -> operations.get(i).name().equals(operation))
            .findFirst()
            .orElseThrow();
    Set<String> held = new LinkedHashSet<>();
    operations.stream().limit(at).forEach(before -> follow(held, before));
    if (held.isEmpty()) {
      throw refused(
          "operation %s: live: Pause needs an operation before it that holds what writes to %s, and for how long at most:"
                  .formatted(operation, copy.from())
              + " scaleDeployment: {deployment: …, replicas: 0, longest: 30m}");
    }
    int end = exchange(at, copy);
    for (OperationSpec during : operations.subList(at + 1, end)) {
      String before = held.iterator().next();
      follow(held, during);
      if (held.isEmpty()) {
        throw refused(
            "operation %s: live: Pause needs Deployment %s to be held until %s has the name of %s, but operation %s releases it"
                    .formatted(operation, before, copy.to(), copy.from(), during.name())
                + " before operation %s: put it after that".formatted(operations.get(end).name()));
      }
    }
  }

  /** Where its tables are exchanged; right after the copy, if they are not. */
  private int exchange(int copyAt, CopyTableOperation copy) {
    return IntStream.range(copyAt + 1, operations.size())
        .filter(i -> exchanges(operations.get(i).exchangeTables(), copy))
        .findFirst()
        .orElse(copyAt + 1);
  }

  private static boolean exchanges(
      @Nullable ExchangeTablesOperation exchange, CopyTableOperation copy) {
    return exchange != null
        && exchange.table().equals(copy.from())
        && exchange.with().equals(copy.to());
  }

  /** Which Deployments are held with a limit after an operation. */
  private static void follow(Set<String> held, OperationSpec operation) {
    ScaleDeploymentOperation scale = operation.scaleDeployment();
    if (scale != null) {
      held.remove(scale.deployment());
      if (scale.replicas() != null && scale.longest() != null) {
        held.add(scale.deployment());
      }
    }
  }

  private static ProblemException refused(String message) {
    return new ProblemException(new Problem(Reason.InvalidPlan, message));
  }
}
