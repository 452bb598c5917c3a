package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Autoscaler;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Label;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Worker;
import java.util.List;

/** Specs of the worker, with the defaults that the API server fills in. */
final class Wanted {
  private Wanted() {}

  static Worker replicas(int replicas) {
    return new Worker(WorkerNamespace.WORKER, null, replicas, null, null, Autoscaler.Adjust, "10m");
  }

  static Worker cpu(String cpu) {
    return new Worker(WorkerNamespace.WORKER, null, null, cpu, null, Autoscaler.Adjust, "10m");
  }

  static Worker both(int replicas, String cpu) {
    return new Worker(WorkerNamespace.WORKER, null, replicas, cpu, null, Autoscaler.Adjust, "10m");
  }

  static Worker cpuOf(String container, String cpu) {
    return new Worker(WorkerNamespace.WORKER, null, null, cpu, container, Autoscaler.Adjust, "10m");
  }

  static Worker failing(int replicas) {
    return new Worker(WorkerNamespace.WORKER, null, replicas, null, null, Autoscaler.Fail, "10m");
  }

  static Worker labelled(int replicas, Label... labels) {
    return new Worker(null, List.of(labels), replicas, null, null, Autoscaler.Adjust, "10m");
  }
}
