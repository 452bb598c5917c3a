package com.posthog.asyncmigrations.kubernetes.worker;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A namespace with worker Deployments, whose status the test writes in the place of the
 * controllers.
 */
final class WorkerNamespace {
  static final String WORKER = "posthog-worker";

  private final KubernetesClient client;
  private final String name = "worker-" + UUID.randomUUID().toString().substring(0, 8);

  WorkerNamespace(KubernetesClient client) {
    this.client = client;
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(name)
                .withName("default")
                .endMetadata()
                .build())
        .create();
  }

  String name() {
    return name;
  }

  /** A worker with a sidecar, and no CPU figures. */
  Deployment worker(String deployment, int replicas, Map<String, String> labels) {
    return client
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace(name)
                .withName(deployment)
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .addToMatchLabels("app", deployment)
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", deployment)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("worker")
                .withImage("posthog:1")
                .addNewEnv()
                .withName("SECRET_KEY")
                .withValue("do-not-tell")
                .endEnv()
                .endContainer()
                .addNewContainer()
                .withName("sidecar")
                .withImage("sidecar:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();
  }

  Deployment worker(int replicas) {
    return worker(WORKER, replicas, Map.of());
  }

  /** A worker whose first container has CPU figures beside memory. */
  Deployment worker(int replicas, Map<String, String> requests, Map<String, String> limits) {
    worker(replicas);
    return edit(
        d ->
            new DeploymentBuilder(d)
                .editSpec()
                .editTemplate()
                .editSpec()
                .editFirstContainer()
                .withNewResources()
                .withRequests(quantities(requests))
                .withLimits(quantities(limits))
                .endResources()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
  }

  Deployment deployment() {
    return client.apps().deployments().inNamespace(name).withName(WORKER).get();
  }

  Deployment edit(UnaryOperator<Deployment> change) {
    return client.apps().deployments().inNamespace(name).withName(WORKER).edit(change);
  }

  Deployment scaleByHand(int replicas) {
    return edit(d -> new DeploymentBuilder(d).editSpec().withReplicas(replicas).endSpec().build());
  }

  void delete() {
    client.apps().deployments().inNamespace(name).withName(WORKER).delete();
  }

  int replicas() {
    return deployment().getSpec().getReplicas();
  }

  Map<String, Quantity> requests() {
    return figures(resources().getRequests());
  }

  Map<String, Quantity> limits() {
    return figures(resources().getLimits());
  }

  HorizontalPodAutoscaler autoscaler(String autoscaler, int minimum, int maximum) {
    return client
        .resource(
            new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withNamespace(name)
                .withName(autoscaler)
                .endMetadata()
                .withNewSpec()
                .withNewScaleTargetRef()
                .withApiVersion("apps/v1")
                .withKind("Deployment")
                .withName(WORKER)
                .endScaleTargetRef()
                .withMinReplicas(minimum)
                .withMaxReplicas(maximum)
                .endSpec()
                .build())
        .create();
  }

  HorizontalPodAutoscaler autoscaler(String autoscaler) {
    return client
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .inNamespace(name)
        .withName(autoscaler)
        .get();
  }

  void setMinimum(String autoscaler, int minimum) {
    client
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .inNamespace(name)
        .withName(autoscaler)
        .edit(
            a ->
                new HorizontalPodAutoscalerBuilder(a)
                    .editSpec()
                    .withMinReplicas(minimum)
                    .endSpec()
                    .build());
  }

  /** Writes the status that the Deployment controller writes once all pods are ready. */
  void ready() {
    int replicas = replicas();
    status(status(replicas, replicas, replicas).build());
  }

  DeploymentStatusBuilder status(int total, int updated, int ready) {
    return new DeploymentStatusBuilder()
        .withObservedGeneration(deployment().getMetadata().getGeneration())
        .withReplicas(total)
        .withUpdatedReplicas(updated)
        .withReadyReplicas(ready)
        .withAvailableReplicas(ready)
        .withUnavailableReplicas(total - ready);
  }

  void status(DeploymentStatus status) {
    client
        .apps()
        .deployments()
        .inNamespace(name)
        .withName(WORKER)
        .editStatus(d -> new DeploymentBuilder(d).withStatus(status).build());
  }

  /** A pod of the worker, in the state that a kubelet would write. */
  void pod(String pod, List<PodCondition> conditions, List<ContainerStatus> containers) {
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(name)
                .withName(pod)
                .addToLabels("app", WORKER)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("worker")
                .withImage("posthog:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
    client
        .pods()
        .inNamespace(name)
        .withName(pod)
        .editStatus(
            p ->
                new PodBuilder(p)
                    .withStatus(
                        new PodStatusBuilder()
                            .withPhase("Pending")
                            .withConditions(conditions)
                            .withContainerStatuses(containers)
                            .build())
                    .build());
  }

  private ResourceRequirements resources() {
    return deployment().getSpec().getTemplate().getSpec().getContainers().get(0).getResources();
  }

  private static Map<String, Quantity> figures(Map<String, Quantity> figures) {
    return figures == null ? Map.of() : figures;
  }

  private static Map<String, Quantity> quantities(Map<String, String> figures) {
    return figures.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> new Quantity(e.getValue())));
  }
}
