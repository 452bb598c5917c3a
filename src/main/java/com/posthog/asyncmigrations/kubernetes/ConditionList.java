package com.posthog.asyncmigrations.kubernetes;

import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.status.Condition;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Conditions on the wire; the time of a transition is kept while the condition holds or does not.
 */
public final class ConditionList {
  private ConditionList() {}

  /** As they are written after those that were there before. */
  public static List<ConditionStatus> render(
      List<Condition> conditions, @Nullable List<ConditionStatus> before, StatusTime time) {
    List<ConditionStatus> known = before == null ? List.of() : before;
    return conditions.stream()
        .map(
            condition -> {
              ConditionStatus.Value value =
                  condition.holds() ? ConditionStatus.Value.True : ConditionStatus.Value.False;
              Instant since =
                  known.stream()
                      .filter(c -> c.type().equals(condition.type().name()) && c.status() == value)
                      .map(ConditionStatus::lastTransitionTime)
                      .findFirst()
                      .orElse(time.now());
              return new ConditionStatus(
                  condition.type().name(),
                  value,
                  condition.reason().name(),
                  condition.message(),
                  since,
                  time.generation());
            })
        .toList();
  }

  /** Why it stands as it does, as a status says it. */
  public static Optional<Problem> why(@Nullable List<ConditionStatus> conditions) {
    if (conditions == null) {
      return Optional.empty();
    }
    return conditions.stream()
        .filter(c -> c.type().equals(Condition.Type.Ready.name()))
        .findFirst()
        .map(
            c ->
                new Problem(
                    Arrays.stream(Reason.values())
                        .filter(r -> r.name().equals(c.reason()))
                        .findFirst()
                        .orElse(Reason.InternalError),
                    c.message() == null ? "" : c.message()));
  }
}
