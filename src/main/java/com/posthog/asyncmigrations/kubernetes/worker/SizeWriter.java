package com.posthog.asyncmigrations.kubernetes.worker;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.posthog.asyncmigrations.kubernetes.StatusApply;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v1.ScaleBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.Optional;

/**
 * Writes parts of a size, and nothing beside them. Every write carries the version that was read,
 * so that it fails with a conflict where another hand was faster.
 */
final class SizeWriter {

  private final KubernetesClient client;

  SizeWriter(KubernetesClient client) {
    this.client = client;
  }

  void write(Reading reading, Map<Part, Optional<String>> values) {
    Deployment current = reading.deployment();
    if (values.containsKey(Part.CPU_REQUEST) || values.containsKey(Part.CPU_LIMIT)) {
      current = writeCpu(current, reading.container().orElseThrow(), values);
    }
    if (values.containsKey(Part.REPLICAS)) {
      writeReplicas(current, count(values.get(Part.REPLICAS)));
    }
    if (values.containsKey(Part.AUTOSCALER_MINIMUM)) {
      writeMinimum(reading.autoscaler().orElseThrow(), count(values.get(Part.AUTOSCALER_MINIMUM)));
    }
  }

  private Deployment writeCpu(
      Deployment deployment, Container container, Map<Part, Optional<String>> values) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode().put("name", container.getName());
    ObjectNode resources = entry.putObject("resources");
    if (values.containsKey(Part.CPU_REQUEST)) {
      putCpu(resources.putObject("requests"), values.get(Part.CPU_REQUEST));
    }
    if (values.containsKey(Part.CPU_LIMIT)) {
      putCpu(resources.putObject("limits"), values.get(Part.CPU_LIMIT));
    }
    ObjectNode patch = withVersionOf(deployment);
    patch
        .putObject("spec")
        .putObject("template")
        .putObject("spec")
        .putArray("containers")
        .add(entry);
    return client
        .apps()
        .deployments()
        .inNamespace(deployment.getMetadata().getNamespace())
        .withName(deployment.getMetadata().getName())
        .patch(as(PatchType.STRATEGIC_MERGE), patch.toString());
  }

  private void writeReplicas(Deployment deployment, int replicas) {
    String namespace = deployment.getMetadata().getNamespace();
    String name = deployment.getMetadata().getName();
    client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName(name)
        .scale(
            new ScaleBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withResourceVersion(deployment.getMetadata().getResourceVersion())
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .endSpec()
                .build());
  }

  private void writeMinimum(HorizontalPodAutoscaler autoscaler, int minimum) {
    ObjectNode patch = withVersionOf(autoscaler);
    patch.putObject("spec").put("minReplicas", minimum);
    client
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .inNamespace(autoscaler.getMetadata().getNamespace())
        .withName(autoscaler.getMetadata().getName())
        .patch(as(PatchType.JSON_MERGE), patch.toString());
  }

  private static ObjectNode withVersionOf(HasMetadata resource) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").put("resourceVersion", resource.getMetadata().getResourceVersion());
    return patch;
  }

  private static void putCpu(ObjectNode figures, Optional<String> value) {
    value.ifPresentOrElse(cpu -> figures.put("cpu", cpu), () -> figures.putNull("cpu"));
  }

  private static int count(Optional<String> value) {
    return Integer.parseInt(value.orElseThrow());
  }

  private static PatchContext as(PatchType type) {
    return new PatchContext.Builder()
        .withPatchType(type)
        .withFieldManager(StatusApply.FIELD_MANAGER)
        .build();
  }
}
