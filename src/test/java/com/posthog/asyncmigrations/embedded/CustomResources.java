package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The definitions of our resources, as they are shipped in {@code crds/}. */
public final class CustomResources {
  private static final int SECONDS_TO_ESTABLISH = 30;

  private final List<CustomResourceDefinition> definitions;

  private CustomResources(List<CustomResourceDefinition> definitions) {
    this.definitions = definitions;
  }

  /** Those in this directory. */
  public static CustomResources in(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return new CustomResources(files.sorted().map(CustomResources::read).toList());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The definitions themselves. */
  public List<CustomResourceDefinition> definitions() {
    return definitions;
  }

  /** The schema of the resources of this kind. */
  public JSONSchemaProps schemaOf(String kind) {
    return definitions.stream()
        .filter(definition -> definition.getSpec().getNames().getKind().equals(kind))
        .map(definition -> definition.getSpec().getVersions().get(0))
        .map(version -> version.getSchema().getOpenAPIV3Schema())
        .findFirst()
        .orElseThrow();
  }

  /**
   * Applies them, as {@code kubectl apply --server-side} would, and waits until they are served.
   */
  public void install(KubernetesClient client) {
    for (CustomResourceDefinition definition : definitions) {
      client
          .resource(definition)
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.SERVER_SIDE_APPLY)
                  .withFieldManager("installer")
                  .withForce(true)
                  .build());
    }
    for (CustomResourceDefinition definition : definitions) {
      client
          .resource(definition)
          .waitUntilCondition(
              CustomResources::isEstablished, SECONDS_TO_ESTABLISH, TimeUnit.SECONDS);
    }
  }

  private static boolean isEstablished(CustomResourceDefinition definition) {
    return definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(c -> "Established".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  private static CustomResourceDefinition read(Path file) {
    try {
      return Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
