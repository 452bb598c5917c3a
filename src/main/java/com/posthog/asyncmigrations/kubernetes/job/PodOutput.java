package com.posthog.asyncmigrations.kubernetes.job;

import com.posthog.asyncmigrations.core.Excerpt;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the pods of a Job have said, and how they ended. */
final class PodOutput {
  private static final String JOB = "batch.kubernetes.io/job-name";
  private static final Set<String> OVER = Set.of("Succeeded", "Failed");
  private static final int LINES = 10;
  private static final int LONGEST = 500;

  private final KubernetesClient client;

  PodOutput(KubernetesClient client) {
    this.client = client;
  }

  /** The last lines of its newest pod; empty where there is none, or it has said nothing. */
  Optional<String> lastLines(Job job) {
    return newest(job).flatMap(this::lastLines).filter(lines -> !lines.isBlank());
  }

  /** Why it has failed, with the exit code and the last lines of its newest pod. */
  String failure(Job job, String message) {
    Optional<Pod> pod = newest(job);
    String code = pod.flatMap(PodOutput::exit).map(exit -> " (" + exit + ")").orElse("");
    String lines = lastLines(job).map(said -> "; its last lines: " + said).orElse("");
    return "Job %s: %s%s%s".formatted(job.getMetadata().getName(), message, code, lines);
  }

  /** Whether a pod of it has not ended. */
  boolean anyRuns(Job job) {
    return pods(job).stream().anyMatch(pod -> !OVER.contains(pod.getStatus().getPhase()));
  }

  private Optional<String> lastLines(Pod pod) {
    try {
      String log =
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(pod.getMetadata().getName())
              .tailingLines(LINES)
              .getLog();
      return Optional.of(tail(log.strip()));
    } catch (KubernetesClientException gone) {
      return Optional.empty();
    }
  }

  /** The end says more than the beginning. */
  private static String tail(String log) {
    return log.length() <= LONGEST ? log : "…" + log.substring(log.length() - LONGEST + 1);
  }

  private static Optional<String> exit(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .map(ContainerStatus::getState)
        .flatMap(state -> Optional.ofNullable(state.getTerminated()).stream())
        .max(Comparator.comparing(ContainerStateTerminated::getExitCode))
        .map(end -> "exit code " + end.getExitCode() + reason(end));
  }

  private static String reason(ContainerStateTerminated end) {
    return Optional.ofNullable(end.getReason())
        .filter(reason -> !reason.equals("Error"))
        .map(reason -> ", " + Excerpt.of(reason, LONGEST))
        .orElse("");
  }

  private Optional<Pod> newest(Job job) {
    return pods(job).stream()
        .max(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()));
  }

  private List<Pod> pods(Job job) {
    return client
        .pods()
        .inNamespace(job.getMetadata().getNamespace())
        .withLabel(JOB, job.getMetadata().getName())
        .list()
        .getItems();
  }
}
