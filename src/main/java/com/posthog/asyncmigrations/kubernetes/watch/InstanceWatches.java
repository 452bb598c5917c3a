package com.posthog.asyncmigrations.kubernetes.watch;

import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Secrets, Deployments and autoscalers that instances refer to, watched while they do. Secrets
 * are watched by their names, one by one.
 */
public final class InstanceWatches implements AutoCloseable {
  private final List<Consumer<ResourceID>> listeners = new CopyOnWriteArrayList<>();
  private final Copies<Secret> secrets;
  private final Copies<Deployment> deployments;
  private final Copies<HorizontalPodAutoscaler> autoscalers;

  /** Watches with the rights of this client. */
  public InstanceWatches(KubernetesClient client) {
    secrets = copies(client.secrets(), Secret::getData);
    deployments = copies(client.apps().deployments(), Deployment::getSpec);
    autoscalers =
        copies(
            client.autoscaling().v2().horizontalPodAutoscalers(), HorizontalPodAutoscaler::getSpec);
  }

  private <T extends HasMetadata, R extends Resource<T>> Copies<T> copies(
      MixedOperation<T, ?, R> operation, Function<T, Object> essence) {
    return new Copies<>(
        selection -> informable(operation, selection),
        essence,
        instance -> listeners.forEach(listener -> listener.accept(instance)));
  }

  private static <T extends HasMetadata, R extends Resource<T>> Informable<T> informable(
      MixedOperation<T, ?, R> operation, Selection selection) {
    return selection
        .name()
        .<Informable<T>>map(name -> operation.inNamespace(selection.namespace()).withName(name))
        .orElseGet(
            () -> operation.inNamespace(selection.namespace()).withLabels(selection.labels()));
  }

  /** Tells of every instance something of which has changed; from another thread. */
  public void onChange(Consumer<ResourceID> listener) {
    listeners.add(listener);
  }

  /** Secrets. */
  public Copies<Secret> secrets() {
    return secrets;
  }

  /** Deployments. */
  public Copies<Deployment> deployments() {
    return deployments;
  }

  /** HorizontalPodAutoscalers. */
  public Copies<HorizontalPodAutoscaler> autoscalers() {
    return autoscalers;
  }

  /** Whatever an instance does not refer to any more is let go. */
  public void keep(PostHogInstance instance) {
    ResourceID owner = ResourceID.fromResource(instance);
    String namespace = instance.getMetadata().getNamespace();
    PostHogInstanceSpec spec = instance.getSpec();
    secrets.keep(
        owner,
        Stream.of(spec.clickhouse().credentials(), spec.postgres().credentials())
            .map(PostHogInstanceSpec.CredentialsRef::secretName)
            .map(name -> Selection.named(namespace, name))
            .collect(Collectors.toSet()));
    Set<Selection> used = new HashSet<>();
    if (spec.version() != null && spec.version().deployment() != null) {
      used.add(Selection.named(namespace, spec.version().deployment()));
    }
    if (spec.worker() != null) {
      used.add(ofWorker(namespace, spec.worker()));
    }
    deployments.keep(owner, used);
    autoscalers.keep(owner, spec.worker() == null ? Set.of() : Set.of(Selection.all(namespace)));
  }

  /** The Deployments that a spec can mean. */
  public static Selection ofWorker(String namespace, PostHogInstanceSpec.Worker worker) {
    return worker.deployment() != null
        ? Selection.named(namespace, worker.deployment())
        : Selection.labelled(
            namespace,
            worker.selector().stream()
                .collect(
                    Collectors.toMap(
                        PostHogInstanceSpec.Label::key,
                        PostHogInstanceSpec.Label::value,
                        (first, second) -> second)));
  }

  /** An instance is gone. */
  public void forget(ResourceID instance) {
    secrets.keep(instance, Set.of());
    deployments.keep(instance, Set.of());
    autoscalers.keep(instance, Set.of());
  }

  /** Watches no more. */
  @Override
  public void close() {
    secrets.close();
    deployments.close();
    autoscalers.close();
  }
}
