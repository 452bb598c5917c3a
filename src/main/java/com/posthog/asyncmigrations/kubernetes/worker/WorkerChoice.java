package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The one Deployment that the spec means, or why there is none that a run could scale. */
sealed interface WorkerChoice {

  /** This one, with the container that CPU figures are for. */
  record Chosen(Reading reading, String container) implements WorkerChoice {}

  /** None. */
  record Refused(Problem problem) implements WorkerChoice {}

  /** Looks for it. */
  static WorkerChoice of(WorkerSearch search, String namespace, PostHogInstanceSpec.Worker wanted) {
    List<Deployment> candidates = search.candidates(namespace, wanted);
    if (candidates.isEmpty()) {
      return new Refused(missing(namespace, wanted));
    }
    if (candidates.size() > 1) {
      return new Refused(ambiguous(namespace, wanted, candidates));
    }
    Deployment deployment = candidates.get(0);
    List<HorizontalPodAutoscaler> autoscalers = search.autoscalersOf(deployment);
    String container =
        Optional.ofNullable(wanted.container()).orElseGet(() -> Reading.firstContainer(deployment));
    Reading reading =
        new Reading(
            deployment, Reading.container(deployment, container), autoscalers.stream().findFirst());
    if (wanted.cpu() != null && reading.container().isEmpty()) {
      return new Refused(
          new Problem(
              Reason.WorkerMissing,
              "Deployment %s has no container named %s".formatted(reading.name(), container)));
    }
    return autoscalerRefused(reading.name(), wanted, autoscalers)
        .<WorkerChoice>map(Refused::new)
        .orElseGet(() -> new Chosen(reading, container));
  }

  private static Optional<Problem> autoscalerRefused(
      String name, PostHogInstanceSpec.Worker wanted, List<HorizontalPodAutoscaler> autoscalers) {
    if (autoscalers.size() > 1) {
      return Optional.of(
          new Problem(
              Reason.AutoscalerRefused,
              "Deployment %s is scaled by several autoscalers (%s): only one can be adjusted"
                  .formatted(name, names(autoscalers))));
    }
    if (!autoscalers.isEmpty() && wanted.autoscaler() == PostHogInstanceSpec.Autoscaler.Fail) {
      return Optional.of(
          new Problem(
              Reason.AutoscalerRefused,
              "Deployment %s is scaled by autoscaler %s, and worker.autoscaler is Fail: remove the autoscaler or set Adjust"
                  .formatted(name, names(autoscalers))));
    }
    return Optional.empty();
  }

  private static Problem missing(String namespace, PostHogInstanceSpec.Worker wanted) {
    return new Problem(
        Reason.WorkerMissing,
        "there is no Deployment %s in namespace %s".formatted(described(wanted), namespace));
  }

  private static Problem ambiguous(
      String namespace, PostHogInstanceSpec.Worker wanted, List<Deployment> found) {
    return new Problem(
        Reason.WorkerAmbiguous,
        "%d Deployments %s are in namespace %s (%s): name one, or give labels that only one has"
            .formatted(found.size(), described(wanted), namespace, names(found)));
  }

  private static String described(PostHogInstanceSpec.Worker wanted) {
    return wanted.deployment() != null
        ? "named " + wanted.deployment()
        : wanted.selector().stream()
            .map(label -> label.key() + "=" + label.value())
            .collect(Collectors.joining(", ", "with the labels ", ""));
  }

  private static String names(List<? extends HasMetadata> resources) {
    int most = 5;
    return resources.stream()
            .limit(most)
            .map(resource -> resource.getMetadata().getName())
            .collect(Collectors.joining(", "))
        + (resources.size() > most ? ", …" : "");
  }
}
