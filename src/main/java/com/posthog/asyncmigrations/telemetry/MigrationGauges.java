package com.posthog.asyncmigrations.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A few series for each migration, made anew whenever they are read: those of a deleted one are
 * gone with it.
 */
final class MigrationGauges {
  private final MultiGauge phase;
  private final MultiGauge progress;
  private final MultiGauge operation;
  private final MultiGauge condition;
  private final MultiGauge since;

  MigrationGauges(MeterRegistry registry) {
    phase = gauge(registry, "phase", "1 for the phase that the migration is in");
    progress = gauge(registry, "progress_ratio", "How far the migration is, 0 to 1");
    operation = gauge(registry, "operation_index", "Index of the operation under way, from 0");
    condition = gauge(registry, "condition", "1 for the condition that holds, with its reason");
    since =
        gauge(registry, "condition_since_timestamp_seconds", "Since when the condition has held");
  }

  synchronized void read(List<MigrationSample> samples) {
    fill(phase, samples, s -> Stream.of(Row.of(tags(s).and("phase", s.phase()), 1)));
    fill(progress, samples, s -> Stream.of(Row.of(tags(s), s.progress() / 100.0)));
    fill(operation, samples, s -> s.operation().stream().map(i -> Row.of(tags(s), i)));
    fill(
        condition,
        samples,
        s ->
            s.condition().stream()
                .map(type -> Row.of(tags(s).and("type", type, "reason", s.reason()), 1)));
    fill(
        since,
        samples,
        s -> s.condition().stream().map(type -> Row.of(tags(s).and("type", type), s.since())));
  }

  private static void fill(
      MultiGauge gauge,
      List<MigrationSample> samples,
      Function<MigrationSample, Stream<Row<Number>>> rows) {
    gauge.register(samples.stream().flatMap(rows).toList(), true);
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder("async_migration_" + name)
        .description(description)
        .register(registry);
  }

  private static Tags tags(MigrationSample sample) {
    return Tags.of(
        "namespace", sample.namespace(), "name", sample.name(), "migration", sample.migration());
  }
}
