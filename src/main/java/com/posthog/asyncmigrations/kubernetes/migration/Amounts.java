package com.posthog.asyncmigrations.kubernetes.migration;

import io.fabric8.kubernetes.api.model.Quantity;

/** Amounts of bytes as specs write them: {@code 100M}, {@code 1Gi}. */
final class Amounts {
  private Amounts() {}

  /** The schema has refused everything else. */
  static long bytes(String text) {
    return Quantity.parse(text).getNumericalAmount().longValueExact();
  }
}
