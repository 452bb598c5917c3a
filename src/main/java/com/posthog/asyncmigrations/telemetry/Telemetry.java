package com.posthog.asyncmigrations.telemetry;

import com.posthog.asyncmigrations.core.Reason;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntSupplier;

/**
 * The operator's metrics. Labels are few: those of a resource on its own gauges, and elsewhere only
 * words of which there is a limited number. {@code docs/metrics.md} lists them all.
 */
public final class Telemetry implements AutoCloseable {
  private static final Duration[] OF_STEPS = {
    Duration.ofSeconds(1),
    Duration.ofSeconds(10),
    Duration.ofMinutes(1),
    Duration.ofMinutes(10),
    Duration.ofHours(1),
    Duration.ofHours(6),
    Duration.ofDays(1),
    Duration.ofDays(3),
    Duration.ofDays(10),
    Duration.ofDays(30)
  };
  private static final Duration[] OF_PASSES = {
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(30)
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final MigrationGauges migrations = new MigrationGauges(registry);
  private final JvmGcMetrics garbage = new JvmGcMetrics();

  /** Nothing is measured yet but the Java machine. */
  public Telemetry() {
    garbage.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /**
   * What Prometheus reads.
   *
   * @param samples the migrations that this process is responsible for
   */
  public String scrape(List<MigrationSample> samples) {
    migrations.read(samples);
    return registry.scrape();
  }

  /** A figure of this process, asked for whenever it is read. */
  public void gauge(String name, String description, IntSupplier value) {
    Gauge.builder("async_migration_" + name, value, IntSupplier::getAsInt)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /** A step is about to be started on this database. */
  public void stepStarted(String database) {
    count("steps_started", "database", database);
  }

  /** A step has ended well. */
  public void stepFinished(String database, Duration after) {
    count("steps_finished", "database", database);
    stepTook(database, after);
  }

  /** A step has ended badly, or its outcome was lost. */
  public void stepFailed(String database, Reason why, Duration after) {
    count("steps_failed", "database", database, "reason", why.name());
    stepTook(database, after);
  }

  /** A resource says of itself from now on that this condition holds for this reason. */
  public void conditionChanged(String type, String reason) {
    count("condition_changes", "type", type, "reason", reason);
  }

  /** A status was written, or somebody else was faster. */
  public void statusWritten(boolean written) {
    count("status_writes", "result", written ? "written" : "refused");
  }

  /** An Event was told. */
  public void eventTold(boolean warning, Reason reason) {
    count("events", "type", warning ? "Warning" : "Normal", "reason", reason.name());
  }

  /** A pass could not be done. */
  public void passFailed(String controller, Reason reason) {
    count("reconcile_errors", "controller", controller, "reason", reason.name());
  }

  /** Measures how long a pass takes. */
  public <T> T pass(String controller, Callable<T> pass) throws Exception {
    Timer.Sample sample = Timer.start(registry);
    try {
      return pass.call();
    } finally {
      sample.stop(
          Timer.builder("async_migration_reconcile")
              .description("How long one pass over a resource takes")
              .tag("controller", controller)
              .serviceLevelObjectives(OF_PASSES)
              .register(registry));
    }
  }

  private void stepTook(String database, Duration time) {
    Timer.builder("async_migration_step_duration")
        .description("How long one step of an operation takes")
        .tag("database", database)
        .serviceLevelObjectives(OF_STEPS)
        .register(registry)
        .record(time);
  }

  private void count(String name, String... tags) {
    registry.counter("async_migration_" + name, tags).increment();
  }

  @Override
  public void close() {
    garbage.close();
    registry.close();
  }
}
