package com.posthog.asyncmigrations.core.decide;

import java.util.Optional;

/**
 * One size of the worker Deployment; a part that is not there is not touched.
 *
 * @param replicas its replicas; absent where an autoscaler decides them
 * @param cpuRequest CPU request of the container, as Kubernetes writes quantities
 * @param cpuLimit CPU limit of the container
 * @param autoscalerMinimum the minimum of its HorizontalPodAutoscaler
 */
public record WorkerSize(
    Optional<Integer> replicas,
    Optional<String> cpuRequest,
    Optional<String> cpuLimit,
    Optional<Integer> autoscalerMinimum) {
  /** Replicas, and nothing else. */
  public static WorkerSize ofReplicas(int replicas) {
    return new WorkerSize(
        Optional.of(replicas), Optional.empty(), Optional.empty(), Optional.empty());
  }
}
