package com.posthog.asyncmigrations.kubernetes;

import com.posthog.asyncmigrations.telemetry.Telemetry;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;

/** Measures the passes of all controllers. */
public final class PassTimes implements Metrics {
  private final Telemetry telemetry;

  /** Tells what it measures to this. */
  public PassTimes(Telemetry telemetry) {
    this.telemetry = telemetry;
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    return telemetry.pass(execution.controllerName(), execution::execute);
  }
}
