package com.posthog.asyncmigrations.embedded;

import java.util.Optional;
import java.util.UUID;

/**
 * The name of a namespace that nobody has used, and that a test may create.
 *
 * @param operator that watches it, which other tests share; absent: the test starts one of its own
 */
public record WatchedNamespace(String name, Optional<OperatorProcess> operator) {
  /** A new one, which nobody watches yet. */
  public static WatchedNamespace fresh() {
    return new WatchedNamespace(name("journey"), Optional.empty());
  }

  static String name(String kind) {
    return kind + "-" + UUID.randomUUID().toString().substring(0, 8);
  }
}
