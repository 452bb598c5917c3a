package com.posthog.asyncmigrations.kubernetes.validation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds every rule of a schema for a single field, and breaks each of them in a valid manifest. */
final class FieldRules {
  private final Manifest valid;
  private final List<Broken> broken = new ArrayList<>();
  private final Set<String> met = new LinkedHashSet<>();

  /**
   * A manifest with one rule broken.
   *
   * @param rule the field as the schema writes it, and the kind of the rule
   * @param manifest what the API server has to refuse
   * @param saying what its message has to contain: the field, and what would pass
   */
  record Broken(String rule, Manifest manifest, List<String> saying) {
    @Override
    public String toString() {
      return rule;
    }
  }

  FieldRules(Manifest valid, JSONSchemaProps spec) {
    this.valid = valid;
    walk("/spec", "spec", spec);
  }

  /** Each rule, broken. */
  List<Broken> broken() {
    return broken;
  }

  /** The fields that the manifest has, as the schema writes them. */
  Set<String> fieldsMet() {
    return met;
  }

  /** All fields of a schema. */
  static Stream<String> fields(String name, JSONSchemaProps schema) {
    Stream<String> below =
        "array".equals(schema.getType())
            ? fields(name + "[]", schema.getItems().getSchema())
            : schema.getProperties().entrySet().stream()
                .flatMap(e -> fields(name + "." + e.getKey(), e.getValue()));
    return Stream.concat(Stream.of(name), below);
  }

  private void walk(String place, String name, JSONSchemaProps schema) {
    if (!valid.has(place)) {
      return;
    }
    if (met.add(name)) {
      breakRules(place, name, schema);
    }
    if ("array".equals(schema.getType())) {
      for (int i = 0; i < valid.at(place).size(); i++) {
        walk(place + "/" + i, name + "[]", schema.getItems().getSchema());
      }
    }
    schema
        .getProperties()
        .forEach((field, child) -> walk(place + "/" + field, name + "." + field, child));
  }

  private void breakRules(String place, String name, JSONSchemaProps schema) {
    for (String field : schema.getRequired()) {
      broken.add(
          new Broken(
              name + "." + field + ": required",
              valid.without(place + "/" + field),
              List.of(Manifest.field(place + "/" + field) + ": Required value")));
    }
    if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
      add(place, name, "enum", "Other", schema.getEnum().stream().map(JsonNode::toString).toList());
    }
    if (schema.getPattern() != null) {
      String other = "!".repeat(Math.toIntExact(schema.getMinLength()));
      add(place, name, "pattern", other, List.of("should match '" + schema.getPattern() + "'"));
    }
    breakLimits(place, name, schema);
  }

  private void breakLimits(String place, String name, JSONSchemaProps schema) {
    if (schema.getMinLength() != null) {
      int length = schema.getMinLength().intValue();
      add(place, name, "minLength", "a".repeat(length - 1), said("at least", length));
    }
    if (schema.getMaxLength() != null) {
      int length = schema.getMaxLength().intValue();
      add(place, name, "maxLength", "a".repeat(length + 1), said("may not be more than", length));
    }
    if (schema.getMinimum() != null) {
      long least = schema.getMinimum().longValue();
      add(place, name, "minimum", least - 1, said("greater than or equal to", least));
    }
    if (schema.getMaximum() != null) {
      long most = schema.getMaximum().longValue();
      add(place, name, "maximum", most + 1, said("less than or equal to", most));
    }
    if (schema.getMinItems() != null) {
      add(place, name, "minItems", List.of(), said("at least", schema.getMinItems()));
    }
    if (schema.getMaxItems() != null) {
      ArrayNode tooMany = JsonNodeFactory.instance.arrayNode();
      while (tooMany.size() <= schema.getMaxItems()) {
        tooMany.add(valid.at(place).get(0));
      }
      add(place, name, "maxItems", tooMany, said("at most", schema.getMaxItems()));
    }
  }

  private static List<String> said(String words, long limit) {
    return List.of(words + " " + limit);
  }

  private void add(String place, String name, String kind, Object value, List<String> passes) {
    List<String> saying = new ArrayList<>(passes);
    saying.add(Manifest.field(place));
    broken.add(new Broken(name + ": " + kind, valid.with(place, value), saying));
  }
}
