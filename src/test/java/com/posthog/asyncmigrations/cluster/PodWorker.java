package com.posthog.asyncmigrations.cluster;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A worker Deployment in a namespace of its own, with one real pod that is ready a second after its
 * start, when its HTTP probe finds the file that it waits for.
 */
final class PodWorker implements AutoCloseable {
  static final String NAME = "posthog-worker";

  private final KubernetesClient client;
  private final String namespace = "journey-" + UUID.randomUUID().toString().substring(0, 8);

  PodWorker(Cluster cluster) {
    client = cluster.admin();
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    client.resource(deployment(cluster.image())).create();
  }

  String namespace() {
    return namespace;
  }

  int replicas() {
    return deployment().get().getSpec().getReplicas();
  }

  /** The CPU requests of the pods that are ready. */
  List<String> cpuRequestsOfReadyPods() {
    return readyPods().stream()
        .map(pod -> cpu(pod.getSpec().getContainers().get(0).getResources().getRequests()))
        .toList();
  }

  List<Pod> readyPods() {
    return client.pods().inNamespace(namespace).withLabel("app", NAME).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(
            pod ->
                pod.getStatus().getConditions().stream()
                    .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus())))
        .toList();
  }

  /** Another hand than the operator's. */
  void scaleByHand(int replicas) {
    deployment()
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"replicas\":%d}}".formatted(replicas));
  }

  void setImage(String image) {
    deployment()
        .patch(
            PatchContext.of(PatchType.JSON),
            "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":\"%s\"}]"
                .formatted(image));
  }

  void addAutoscaler(int minimum, int maximum) {
    client
        .resource(
            new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(NAME)
                .endMetadata()
                .withNewSpec()
                .withNewScaleTargetRef("apps/v1", "Deployment", NAME)
                .withMinReplicas(minimum)
                .withMaxReplicas(maximum)
                .endSpec()
                .build())
        .create();
  }

  int autoscalerMinimum() {
    return client
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .inNamespace(namespace)
        .withName(NAME)
        .get()
        .getSpec()
        .getMinReplicas();
  }

  @Override
  public void close() {
    client.namespaces().withName(namespace).delete();
  }

  private RollableScalableResource<Deployment> deployment() {
    return client.apps().deployments().inNamespace(namespace).withName(NAME);
  }

  private Deployment deployment(String image) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(NAME)
        .addToLabels("role", "worker")
        .endMetadata()
        .withNewSpec()
        .withReplicas(1)
        .withNewSelector()
        .addToMatchLabels("app", NAME)
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("app", NAME)
        .endMetadata()
        .withNewSpec()
        .withTerminationGracePeriodSeconds(1L)
        .addToContainers(
            new ContainerBuilder()
                .withName("worker")
                .withImage(image)
                .withImagePullPolicy("IfNotPresent")
                .withCommand(
                    "sh",
                    "-c",
                    "mkdir -p /tmp/www; (sleep 1; touch /tmp/www/ready) & exec httpd -f -p 8080 -h /tmp/www")
                .withNewResources()
                .addToRequests("cpu", new Quantity("50m"))
                .addToLimits("cpu", new Quantity("100m"))
                .endResources()
                .withNewReadinessProbe()
                .withNewHttpGet()
                .withPath("/ready")
                .withPort(new IntOrString(8080))
                .endHttpGet()
                .withPeriodSeconds(1)
                .endReadinessProbe()
                .build())
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  private static String cpu(Map<String, Quantity> figures) {
    return figures.getOrDefault("cpu", new Quantity("0")).toString();
  }
}
