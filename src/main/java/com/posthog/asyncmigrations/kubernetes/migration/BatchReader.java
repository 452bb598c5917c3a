package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.BatchUpdateOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Reads what is done in batches from a spec. */
final class BatchReader {
  private static final Duration BATCH_TIME = Duration.ofSeconds(2);
  private static final int MOST_ROWS = 1_000_000;

  private BatchReader() {}

  static Step batchUpdate(BatchUpdateOperation spec) {
    return new Step.BatchUpdate(
        spec.table(),
        spec.key(),
        spec.sql(),
        Map.of(),
        new Step.Pace(
            Optional.ofNullable(spec.batchTime()).map(Durations::parse).orElse(BATCH_TIME),
            Optional.ofNullable(spec.maxBatchRows()).orElse(MOST_ROWS),
            Optional.ofNullable(spec.pause()).map(Durations::parse).orElse(Duration.ZERO)));
  }
}
