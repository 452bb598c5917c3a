package com.posthog.asyncmigrations.embedded;

import java.util.UUID;

/**
 * The name of a namespace that nobody has used, and that a test may create.
 *
 * @param watched whether an operator watches it, which other tests share; otherwise the test starts
 *     one of its own
 */
public record WatchedNamespace(String name, boolean watched) {
  /** A new one, which nobody watches yet. */
  public static WatchedNamespace fresh() {
    return new WatchedNamespace(name("journey"), false);
  }

  static String name(String kind) {
    return kind + "-" + UUID.randomUUID().toString().substring(0, 8);
  }
}
