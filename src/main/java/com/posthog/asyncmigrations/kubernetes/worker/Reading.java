package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.decide.WorkerSize;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.util.Map;
import java.util.Optional;

/** A Deployment as it is now, with the one container and the autoscaler that matter. */
record Reading(
    Deployment deployment,
    Optional<Container> container,
    Optional<HorizontalPodAutoscaler> autoscaler) {

  /** Its size now, all parts. */
  WorkerSize size() {
    return new WorkerSize(
        Optional.of(replicas()),
        container.flatMap(c -> cpu(c.getResources().getRequests())),
        container.flatMap(c -> cpu(c.getResources().getLimits())),
        autoscaler.map(Reading::minimum));
  }

  /** Whether there is something that could have this part. */
  boolean has(Part part) {
    return switch (part) {
      case REPLICAS -> true;
      case AUTOSCALER_MINIMUM -> autoscaler.isPresent();
      case CPU_REQUEST, CPU_LIMIT -> container.isPresent();
    };
  }

  String name() {
    return deployment.getMetadata().getName();
  }

  int replicas() {
    return Optional.ofNullable(deployment.getSpec().getReplicas()).orElse(1);
  }

  static int minimum(HorizontalPodAutoscaler autoscaler) {
    return Optional.ofNullable(autoscaler.getSpec().getMinReplicas()).orElse(1);
  }

  static String firstContainer(Deployment deployment) {
    return deployment.getSpec().getTemplate().getSpec().getContainers().get(0).getName();
  }

  static Optional<Container> container(Deployment deployment, String name) {
    return deployment.getSpec().getTemplate().getSpec().getContainers().stream()
        .filter(container -> container.getName().equals(name))
        .findFirst();
  }

  private static Optional<String> cpu(Map<String, Quantity> figures) {
    return Optional.ofNullable(figures).map(f -> f.get("cpu")).map(Quantity::toString);
  }
}
