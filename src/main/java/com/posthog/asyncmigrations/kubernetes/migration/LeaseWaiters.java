package com.posthog.asyncmigrations.kubernetes.migration;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who waits in this process for a lease that another migration of it holds. */
final class LeaseWaiters {
  private final Map<String, Map<String, Runnable>> byScope = new HashMap<>();

  /** A migration waits for this scope, and looks again when it is woken. */
  synchronized void waits(String scope, String uid, Runnable wake) {
    byScope.computeIfAbsent(scope, key -> new LinkedHashMap<>()).put(uid, wake);
  }

  /** The lease was given back: whoever waits looks again, the longest waiting first. */
  void freed(String scope) {
    List<Runnable> waiting;
    synchronized (this) {
      waiting =
          Optional.ofNullable(byScope.remove(scope))
              .map(waiters -> List.copyOf(waiters.values()))
              .orElse(List.of());
    }
    waiting.forEach(Runnable::run);
  }
}
