package com.posthog.asyncmigrations.kubernetes.watch;

import java.util.Map;
import java.util.Optional;

/**
 * Which resources of a kind are watched: one by its name, or those that have these labels.
 *
 * @param labels empty for all of the namespace, where there is no name
 */
public record Selection(String namespace, Optional<String> name, Map<String, String> labels) {

  /** The one of this name, which the API server is asked for by a field selector. */
  public static Selection named(String namespace, String name) {
    return new Selection(namespace, Optional.of(name), Map.of());
  }

  /** Those that have these labels. */
  public static Selection labelled(String namespace, Map<String, String> labels) {
    return new Selection(namespace, Optional.empty(), Map.copyOf(labels));
  }

  /** All of a namespace. */
  public static Selection all(String namespace) {
    return labelled(namespace, Map.of());
  }
}
