package com.posthog.asyncmigrations.journey;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What runs in a namespace beside the operator. An API server alone has no controller that runs a
 * Job, so that what becomes of one is told here.
 */
final class Workloads {
  private final KubernetesClient client;
  private final String namespace;

  Workloads(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Replicas of a Deployment; -1 while there is none. */
  int replicas(String deployment) {
    return Optional.ofNullable(
            client.apps().deployments().inNamespace(namespace).withName(deployment).get())
        .map(d -> d.getSpec().getReplicas())
        .orElse(-1);
  }

  /** A Deployment of so many replicas. */
  static String deployment(String name, int replicas) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: %1$s
        spec:
          replicas: %2$d
          selector:
            matchLabels: {app: %1$s}
          template:
            metadata:
              labels: {app: %1$s}
            spec:
              containers:
                - name: worker
                  image: posthog/posthog:release-1.36.1
        """
        .formatted(name, replicas);
  }

  List<Job> jobs() {
    return client.batch().v1().jobs().inNamespace(namespace).list().getItems();
  }

  /** The only Job that there is. */
  Job job() {
    List<Job> jobs = jobs();
    if (jobs.size() != 1) {
      throw new IllegalStateException(jobs.size() + " Jobs");
    }
    return jobs.get(0);
  }

  /** The Job has done its work. */
  void complete(Job job) {
    String now = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    client
        .resource(
            new JobBuilder(job)
                .withNewStatus()
                .withStartTime(now)
                .withCompletionTime(now)
                .withSucceeded(1)
                .addNewCondition()
                .withType("SuccessCriteriaMet")
                .withStatus("True")
                .endCondition()
                .addNewCondition()
                .withType("Complete")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build())
        .updateStatus();
  }

  /** The Job has failed. */
  void fail(Job job, String message) {
    client
        .resource(
            new JobBuilder(job)
                .withNewStatus()
                .withStartTime(job.getMetadata().getCreationTimestamp())
                .withFailed(1)
                .addNewCondition()
                .withType("FailureTarget")
                .withStatus("True")
                .endCondition()
                .addNewCondition()
                .withType("Failed")
                .withStatus("True")
                .withReason("BackoffLimitExceeded")
                .withMessage(message)
                .endCondition()
                .endStatus()
                .build())
        .updateStatus();
  }
}
