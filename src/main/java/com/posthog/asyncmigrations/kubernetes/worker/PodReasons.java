package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.Excerpt;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What pods say themselves of why they are not ready. Messages that can quote a container's output,
 * its arguments or its environment are left out.
 */
final class PodReasons {
  private static final int MOST_REASONS = 3;
  private static final int LONGEST_MESSAGE = 200;
  private static final Set<String> STARTING = Set.of("ContainerCreating", "PodInitializing");

  /** The waiting reason whose message names a missing Secret or ConfigMap, and quotes nothing. */
  private static final String HARMLESS = "CreateContainerConfigError";

  private final List<Pod> pods;

  PodReasons(List<Pod> pods) {
    this.pods = List.copyOf(pods);
  }

  /** The commonest reasons, each with the number of pods that have it. */
  List<String> told() {
    List<String> troubles = counted(PodReasons::trouble);
    return troubles.isEmpty() ? counted(PodReasons::starting) : troubles;
  }

  private List<String> counted(Function<Pod, Optional<String>> words) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    pods.stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(pod -> !"Succeeded".equals(pod.getStatus().getPhase()))
        .flatMap(pod -> words.apply(pod).stream())
        .forEach(reason -> counts.merge(reason, 1, Integer::sum));
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(MOST_REASONS)
        .map(e -> e.getKey() + (e.getValue() > 1 ? " (%d pods)".formatted(e.getValue()) : ""))
        .toList();
  }

  private static Optional<String> trouble(Pod pod) {
    PodStatus status = pod.getStatus();
    if (condition(status, "Ready").filter(c -> "True".equals(c.getStatus())).isPresent()) {
      return Optional.empty();
    }
    if ("Failed".equals(status.getPhase())) {
      return Optional.of(
          "pod failed" + Optional.ofNullable(status.getReason()).map(r -> ": " + r).orElse(""));
    }
    return unscheduled(status)
        .or(() -> containers(status).flatMap(container -> trouble(container).stream()).findFirst());
  }

  /** A pod that is on its way: most often it waits for its image. */
  private static Optional<String> starting(Pod pod) {
    return containers(pod.getStatus())
        .flatMap(
            container ->
                waiting(container)
                    .map(ContainerStateWaiting::getReason)
                    .filter(STARTING::contains)
                    .map(
                        reason ->
                            "container " + container.getName() + ": " + reason + image(container))
                    .stream())
        .findFirst();
  }

  private static Optional<ContainerStateWaiting> waiting(ContainerStatus container) {
    return Optional.ofNullable(container.getState())
        .flatMap(state -> Optional.ofNullable(state.getWaiting()));
  }

  private static String image(ContainerStatus container) {
    return ", image " + Excerpt.of(container.getImage(), LONGEST_MESSAGE);
  }

  private static Stream<ContainerStatus> containers(PodStatus status) {
    return Stream.concat(
        status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream());
  }

  private static Optional<String> unscheduled(PodStatus status) {
    return condition(status, "PodScheduled")
        .filter(condition -> "False".equals(condition.getStatus()))
        .map(
            condition ->
                Optional.ofNullable(condition.getReason()).orElse("Unschedulable")
                    + Optional.ofNullable(condition.getMessage())
                        .map(message -> ": " + Excerpt.of(message, LONGEST_MESSAGE))
                        .orElse(""));
  }

  private static Optional<String> trouble(ContainerStatus container) {
    ContainerState state = Optional.ofNullable(container.getState()).orElseGet(ContainerState::new);
    String name = "container " + container.getName() + ": ";
    if (state.getWaiting() != null) {
      return waiting(container, state.getWaiting()).map(name::concat);
    }
    if (state.getTerminated() != null) {
      return state.getTerminated().getExitCode() == 0
          ? Optional.empty()
          : Optional.of(name + ended(state.getTerminated()));
    }
    if (Boolean.TRUE.equals(container.getReady())) {
      return Optional.empty();
    }
    return Optional.of(
        name
            + (Boolean.FALSE.equals(container.getStarted())
                ? "running, its startup probe has not passed yet"
                : "running, its readiness probe does not pass")
            + restarts(container));
  }

  private static Optional<String> waiting(
      ContainerStatus container, ContainerStateWaiting waiting) {
    String reason = Optional.ofNullable(waiting.getReason()).orElse("Waiting");
    if (STARTING.contains(reason)) {
      return Optional.empty();
    }
    if (reason.contains("Image")) {
      return Optional.of(reason + image(container));
    }
    Optional<String> message = Optional.ofNullable(waiting.getMessage());
    Optional<String> before =
        Optional.ofNullable(container.getLastState())
            .flatMap(last -> Optional.ofNullable(last.getTerminated()))
            .map(PodReasons::ended);
    return Optional.of(
        reason
            + before.map(ended -> ", last " + ended).orElse("")
            + message
                .filter(m -> HARMLESS.equals(reason))
                .map(m -> ", " + Excerpt.of(m, LONGEST_MESSAGE))
                .orElse(""));
  }

  private static String ended(ContainerStateTerminated terminated) {
    return "ended with exit code %d (%s)"
        .formatted(
            terminated.getExitCode(),
            Optional.ofNullable(terminated.getReason()).orElse("no reason given"));
  }

  private static String restarts(ContainerStatus container) {
    int restarts = Optional.ofNullable(container.getRestartCount()).orElse(0);
    return restarts == 0 ? "" : ", %d restarts".formatted(restarts);
  }

  private static Optional<PodCondition> condition(PodStatus status, String type) {
    return status.getConditions().stream()
        .filter(condition -> type.equals(condition.getType()))
        .findFirst();
  }
}
