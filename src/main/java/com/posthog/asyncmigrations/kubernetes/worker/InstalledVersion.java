package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.core.check.SeenVersion;
import com.posthog.asyncmigrations.core.upgrade.Version;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads which version of PostHog is installed, from the spec or from a Deployment's image. */
public final class InstalledVersion {
  private static final String TAGS = "a tag such as release-1.36.1, 1.36.1 or v1.36.1";

  private final InstanceWatches watches;

  /** Reads the copies that are kept for instances. */
  public InstalledVersion(InstanceWatches watches) {
    this.watches = watches;
  }

  /** What is installed. */
  public SeenVersion read(PostHogInstance resource) {
    String namespace = resource.getMetadata().getNamespace();
    PostHogInstanceSpec instance = resource.getSpec();
    PostHogInstanceSpec.InstalledVersion spec = instance.version();
    WorkerSearch search = WorkerSearch.copiesOf(watches, ResourceID.fromResource(resource));
    if (spec != null && spec.literal() != null) {
      return new SeenVersion(Version.parse(spec.literal()), "spec.version.literal");
    }
    if (spec != null) {
      return search
          .named(namespace, spec.deployment())
          .map(deployment -> ofImage(deployment, spec.container()))
          .orElseGet(() -> unknown("there is no Deployment %s".formatted(spec.deployment())));
    }
    if (instance.worker() == null) {
      return unknown("the instance has neither spec.version nor spec.worker");
    }
    List<Deployment> workers = search.candidates(namespace, instance.worker());
    return workers.size() == 1
        ? ofImage(workers.get(0), instance.worker().container())
        : unknown("%d Deployments are the worker that spec.worker means".formatted(workers.size()));
  }

  private static SeenVersion ofImage(Deployment deployment, @Nullable String wanted) {
    String name = deployment.getMetadata().getName();
    String container =
        Optional.ofNullable(wanted).orElseGet(() -> Reading.firstContainer(deployment));
    Optional<String> image = Reading.container(deployment, container).map(Container::getImage);
    if (image.isEmpty()) {
      return unknown("Deployment %s has no container %s".formatted(name, container));
    }
    Optional<Version> version = Version.ofImage(image.get());
    return version.isPresent()
        ? new SeenVersion(version, "image %s of Deployment %s".formatted(image.get(), name))
        : unknown(
            "image %s of Deployment %s has no version for a tag (%s); set spec.version.literal of the instance"
                .formatted(image.get(), name, TAGS));
  }

  private static SeenVersion unknown(String why) {
    return new SeenVersion(Optional.empty(), why);
  }
}
