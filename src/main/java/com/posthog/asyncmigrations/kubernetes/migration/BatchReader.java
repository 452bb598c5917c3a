package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.BatchUpdateOperation;
import com.posthog.asyncmigrations.api.CopyFromPostgresOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what is done in batches from a spec. */
final class BatchReader {
  private static final Duration BATCH_TIME = Duration.ofSeconds(2);
  private static final int MOST_UPDATED = 1_000_000;
  private static final int MOST_COPIED = 100_000;

  private BatchReader() {}

  static Step batchUpdate(BatchUpdateOperation spec) {
    return new Step.BatchUpdate(
        spec.table(),
        spec.key(),
        spec.sql(),
        Map.of(),
        pace(spec.batchTime(), spec.maxBatchRows(), MOST_UPDATED, spec.pause()));
  }

  static Step copy(CopyFromPostgresOperation spec) {
    Map<String, String> columns = new TreeMap<>();
    Optional.ofNullable(spec.columns())
        .orElse(List.of())
        .forEach(
            column ->
                columns.put(
                    column.name(), Optional.ofNullable(column.from()).orElse(column.name())));
    return new Step.CopyFromPostgres(
        spec.table(),
        spec.key(),
        columns,
        Optional.ofNullable(spec.where()),
        spec.into(),
        Map.of(),
        pace(spec.batchTime(), spec.maxBatchRows(), MOST_COPIED, spec.pause()));
  }

  private static Step.Pace pace(
      @Nullable String batchTime, @Nullable Integer rows, int most, @Nullable String pause) {
    return new Step.Pace(
        batchTime == null ? BATCH_TIME : Durations.parse(batchTime),
        Optional.ofNullable(rows).orElse(most),
        pause == null ? Duration.ZERO : Durations.parse(pause));
  }
}
