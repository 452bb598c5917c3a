package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Generates the CRDs from the Java types, with what annotations cannot say. */
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
                CustomResourceDefinition definition = (CustomResourceDefinition) crd;
                Class<?> type =
                    definition.getSpec().getNames().getKind().equals("AsyncMigration")
                        ? AsyncMigration.class
                        : PostHogInstance.class;
                definition.getSpec().getVersions().forEach(each -> complete(each, type));
                return crd;
              }
            })
        .inOutputDir(directory.toFile())
        .generate();
  }

  /**
   * A new resource counts as done for kstatus until it has conditions, unless its observed
   * generation lags; conditions are a map by type, so that appliers merge them; and columns stand
   * in the order of their annotations.
   */
  private static void complete(CustomResourceDefinitionVersion version, Class<?> type) {
    List<String> columns =
        Arrays.stream(type.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::name)
            .toList();
    version
        .getAdditionalPrinterColumns()
        .sort(Comparator.comparingInt(column -> columns.indexOf(column.getName())));
    JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
    root.setDescription(type.getAnnotation(JsonClassDescription.class).value());
    JSONSchemaProps status = root.getProperties().get("status");
    status.setDefault(JsonNodeFactory.instance.objectNode().put("observedGeneration", -1));
    JSONSchemaProps conditions = status.getProperties().get("conditions");
    conditions.setXKubernetesListType("map");
    conditions.setXKubernetesListMapKeys(List.of("type"));
  }
}
