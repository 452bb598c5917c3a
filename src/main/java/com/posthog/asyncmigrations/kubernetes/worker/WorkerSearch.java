package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import com.posthog.asyncmigrations.kubernetes.watch.Selection;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds Deployments and their autoscalers. */
final class WorkerSearch {
  private final Source source;

  WorkerSearch(Source source) {
    this.source = source;
  }

  /** Where they are read. */
  interface Source {
    List<Deployment> deployments(Selection selection);

    List<HorizontalPodAutoscaler> autoscalers(Selection selection);
  }

  /** Asks the API server each time: for what is written depends on what was read. */
  static WorkerSearch asking(KubernetesClient client) {
    return new WorkerSearch(
        new Source() {
          @Override
          public List<Deployment> deployments(Selection selection) {
            return read(client.apps().deployments(), selection);
          }

          @Override
          public List<HorizontalPodAutoscaler> autoscalers(Selection selection) {
            return read(client.autoscaling().v2().horizontalPodAutoscalers(), selection);
          }
        });
  }

  /** Reads the copies that are kept for an instance. */
  static WorkerSearch copiesOf(InstanceWatches watches, ResourceID instance) {
    return new WorkerSearch(
        new Source() {
          @Override
          public List<Deployment> deployments(Selection selection) {
            return watches.deployments().list(instance, selection);
          }

          @Override
          public List<HorizontalPodAutoscaler> autoscalers(Selection selection) {
            return watches.autoscalers().list(instance, selection);
          }
        });
  }

  private static <T extends HasMetadata> List<T> read(
      MixedOperation<T, ? extends KubernetesResourceList<T>, ? extends Resource<T>> operation,
      Selection selection) {
    return selection
        .name()
        .map(
            name ->
                Optional.ofNullable(
                        operation.inNamespace(selection.namespace()).withName(name).get())
                    .stream()
                    .toList())
        .orElseGet(
            () ->
                operation
                    .inNamespace(selection.namespace())
                    .withLabels(selection.labels())
                    .list()
                    .getItems());
  }

  /** The Deployments that the spec can mean, by name. */
  List<Deployment> candidates(String namespace, PostHogInstanceSpec.Worker wanted) {
    return source.deployments(InstanceWatches.ofWorker(namespace, wanted)).stream()
        .sorted(Comparator.comparing(deployment -> deployment.getMetadata().getName()))
        .toList();
  }

  Optional<Deployment> named(String namespace, String name) {
    return source.deployments(Selection.named(namespace, name)).stream().findFirst();
  }

  /** The autoscalers of a Deployment; more than one is a mistake that Kubernetes allows. */
  List<HorizontalPodAutoscaler> autoscalersOf(Deployment deployment) {
    return source.autoscalers(Selection.all(deployment.getMetadata().getNamespace())).stream()
        .filter(autoscaler -> targets(autoscaler.getSpec().getScaleTargetRef(), deployment))
        .toList();
  }

  Optional<HorizontalPodAutoscaler> autoscalerNamed(String namespace, String name) {
    return source.autoscalers(Selection.named(namespace, name)).stream().findFirst();
  }

  private static boolean targets(CrossVersionObjectReference target, Deployment deployment) {
    return "Deployment".equals(target.getKind())
        && deployment.getMetadata().getName().equals(target.getName());
  }
}
