package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads Deployments and their autoscalers. */
final class WorkerSearch {
  private final KubernetesClient client;

  WorkerSearch(KubernetesClient client) {
    this.client = client;
  }

  /** The Deployments that the spec can mean, by name. */
  List<Deployment> candidates(String namespace, PostHogInstanceSpec.Worker wanted) {
    if (wanted.deployment() != null) {
      return named(namespace, wanted.deployment()).stream().toList();
    }
    return client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withLabels(labels(wanted))
        .list()
        .getItems()
        .stream()
        .sorted(Comparator.comparing(deployment -> deployment.getMetadata().getName()))
        .toList();
  }

  Optional<Deployment> named(String namespace, String name) {
    return Optional.ofNullable(
        client.apps().deployments().inNamespace(namespace).withName(name).get());
  }

  /** The autoscalers of a Deployment; more than one is a mistake that Kubernetes allows. */
  List<HorizontalPodAutoscaler> autoscalersOf(Deployment deployment) {
    return client
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .inNamespace(deployment.getMetadata().getNamespace())
        .list()
        .getItems()
        .stream()
        .filter(autoscaler -> targets(autoscaler.getSpec().getScaleTargetRef(), deployment))
        .toList();
  }

  Optional<HorizontalPodAutoscaler> autoscalerNamed(String namespace, String name) {
    return Optional.ofNullable(
        client
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(namespace)
            .withName(name)
            .get());
  }

  private static Map<String, String> labels(PostHogInstanceSpec.Worker wanted) {
    return wanted.selector().stream()
        .collect(
            Collectors.toMap(
                PostHogInstanceSpec.Label::key,
                PostHogInstanceSpec.Label::value,
                (first, second) -> second));
  }

  private static boolean targets(CrossVersionObjectReference target, Deployment deployment) {
    return "Deployment".equals(target.getKind())
        && deployment.getMetadata().getName().equals(target.getName());
  }
}
