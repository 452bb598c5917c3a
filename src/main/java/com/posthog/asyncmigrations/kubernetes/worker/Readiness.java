package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether all pods of a Deployment are new and ready; if not, what the cluster says about it. */
final class Readiness {
  private static final int LONGEST_MESSAGE = 300;

  private final KubernetesClient client;

  Readiness(KubernetesClient client) {
    this.client = client;
  }

  Optional<Problem> notReady(Reading reading) {
    Deployment deployment = reading.deployment();
    Counts counts = Counts.of(deployment);
    int desired = reading.autoscaler().map(Reading::minimum).orElse(reading.replicas());
    if (counts.seen() && counts.ready(desired)) {
      return Optional.empty();
    }
    List<String> why = new ArrayList<>();
    if (!counts.seen()) {
      why.add("the Deployment's last change was not acted upon yet");
    }
    if (Boolean.TRUE.equals(deployment.getSpec().getPaused())) {
      why.add("the Deployment is paused, so that its pods are not replaced");
    }
    if (reading.autoscaler().isPresent() && reading.replicas() == 0 && desired > 0) {
      why.add("its autoscaler is switched off, as the Deployment has 0 replicas");
    }
    replicaFailure(deployment).ifPresent(why::add);
    why.addAll(new PodReasons(pods(deployment)).told());
    String told = why.isEmpty() ? "" : ": " + String.join("; ", why);
    return Optional.of(
        new Problem(
            Reason.WorkersNotReady,
            "%d of %d pods of %s are ready%s"
                .formatted(counts.ready(), desired, reading.name(), told)));
  }

  /** The same, and why pods that are too many have not ended yet. */
  Optional<Problem> notSettled(Reading reading) {
    return notReady(reading).or(() -> ending(reading));
  }

  private Optional<Problem> ending(Reading reading) {
    int pods = pods(reading.deployment()).size();
    return pods <= reading.replicas()
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.WorkersNotReady,
                "%d pods of %s are there, and %d are wanted: the others have not ended yet"
                    .formatted(pods, reading.name(), reading.replicas())));
  }

  /** Why pods could not even be created, for example a quota. */
  private static Optional<String> replicaFailure(Deployment deployment) {
    return Optional.ofNullable(deployment.getStatus())
        .flatMap(
            status ->
                status.getConditions().stream()
                    .filter(condition -> "ReplicaFailure".equals(condition.getType()))
                    .filter(condition -> "True".equals(condition.getStatus()))
                    .findFirst())
        .flatMap(condition -> Optional.ofNullable(condition.getMessage()))
        .map(message -> Excerpt.of(message, LONGEST_MESSAGE));
  }

  private List<Pod> pods(Deployment deployment) {
    return client
        .pods()
        .inNamespace(deployment.getMetadata().getNamespace())
        .withLabelSelector(deployment.getSpec().getSelector())
        .list()
        .getItems();
  }

  /** The numbers of a Deployment's status; pods of the template before count as not ready. */
  private record Counts(boolean seen, int total, int updated, int readyOfAll, int available) {
    static Counts of(Deployment deployment) {
      Optional<DeploymentStatus> status = Optional.ofNullable(deployment.getStatus());
      long observed = status.map(DeploymentStatus::getObservedGeneration).orElse(0L);
      return new Counts(
          observed >= deployment.getMetadata().getGeneration(),
          status.map(DeploymentStatus::getReplicas).orElse(0),
          status.map(DeploymentStatus::getUpdatedReplicas).orElse(0),
          status.map(DeploymentStatus::getReadyReplicas).orElse(0),
          status.map(DeploymentStatus::getAvailableReplicas).orElse(0));
    }

    boolean ready(int desired) {
      return total == updated
          && updated >= desired
          && readyOfAll >= desired
          && available >= desired;
    }

    int ready() {
      return Math.max(0, updated - (total - available));
    }
  }
}
