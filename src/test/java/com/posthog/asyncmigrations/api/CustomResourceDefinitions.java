package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.nio.file.Path;
import java.util.List;

/** Generates the CRDs from the Java types, with the two things that annotations cannot say. */
final class CustomResourceDefinitions {

  private CustomResourceDefinitions() {}

  static void generateInto(Path directory) {
    new CRDGenerator()
        .forCRDVersions("v1")
        .customResourceClasses(List.of(AsyncMigration.class, PostHogInstance.class))
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String version) {
                ((CustomResourceDefinition) crd)
                    .getSpec()
                    .getVersions()
                    .forEach(CustomResourceDefinitions::complete);
                return crd;
              }
            })
        .inOutputDir(directory.toFile())
        .generate();
  }

  /**
   * A new resource counts as done for kstatus until it has conditions, unless its observed generation lags; and
   * conditions are a map by type, so that appliers merge them.
   */
  private static void complete(CustomResourceDefinitionVersion version) {
    JSONSchemaProps status =
        version.getSchema().getOpenAPIV3Schema().getProperties().get("status");
    status.setDefault(JsonNodeFactory.instance.objectNode().put("observedGeneration", -1));
    JSONSchemaProps conditions = status.getProperties().get("conditions");
    conditions.setXKubernetesListType("map");
    conditions.setXKubernetesListMapKeys(List.of("type"));
  }
}
