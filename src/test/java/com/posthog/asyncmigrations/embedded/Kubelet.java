package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;

/**
 * Plays the Deployment controller and the kubelet, of which an API server alone has none: pods
 * become ready at once.
 */
public final class Kubelet implements AutoCloseable {
  private final KubernetesClient client;
  private final SharedIndexInformer<Deployment> deployments;

  /** In one namespace. */
  public Kubelet(KubernetesClient client, String namespace) {
    this.client = client;
    deployments =
        client
            .apps()
            .deployments()
            .inNamespace(namespace)
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Deployment deployment) {
                    makeReady(deployment);
                  }

                  @Override
                  public void onUpdate(Deployment before, Deployment deployment) {
                    makeReady(deployment);
                  }

                  @Override
                  public void onDelete(Deployment deployment, boolean unknown) {
                    // its pods are gone too
                  }
                });
  }

  private void makeReady(Deployment deployment) {
    long generation = deployment.getMetadata().getGeneration();
    boolean done =
        deployment.getStatus() != null
            && deployment.getStatus().getObservedGeneration() != null
            && deployment.getStatus().getObservedGeneration() == generation;
    if (done) {
      return;
    }
    int replicas = deployment.getSpec().getReplicas();
    try {
      client
          .resource(
              new DeploymentBuilder(deployment)
                  .withNewStatus()
                  .withObservedGeneration(generation)
                  .withReplicas(replicas)
                  .withUpdatedReplicas(replicas)
                  .withReadyReplicas(replicas)
                  .withAvailableReplicas(replicas)
                  .endStatus()
                  .build())
          .updateStatus();
    } catch (KubernetesClientException overtaken) {
      // a newer version is on its way to us
    }
  }

  @Override
  public void close() {
    deployments.close();
  }
}
