package com.posthog.asyncmigrations.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Fills in what the schemas of our resources have a default for, as an API server does. */
final class SchemaDefaults {
  private final Map<String, JSONSchemaProps> schemas;

  SchemaDefaults(CustomResources resources) {
    schemas =
        resources.definitions().stream()
            .map(definition -> definition.getSpec().getNames().getKind())
            .collect(Collectors.toUnmodifiableMap(kind -> kind, resources::schemaOf));
  }

  /** Completes a resource, if it is one of ours. */
  void complete(ObjectNode resource) {
    Optional.ofNullable(schemas.get(resource.path("kind").asText()))
        .ifPresent(schema -> complete(resource, schema));
  }

  private static void complete(JsonNode value, JSONSchemaProps schema) {
    if (value instanceof ObjectNode object) {
      schema
          .getProperties()
          .forEach(
              (name, child) -> {
                if (!object.has(name) && child.getDefault() != null) {
                  object.set(name, child.getDefault().deepCopy());
                }
                if (object.has(name)) {
                  complete(object.get(name), child);
                }
              });
    }
    if (value.isArray() && schema.getItems() != null) {
      value.forEach(item -> complete(item, schema.getItems().getSchema()));
    }
  }
}
