package com.posthog.asyncmigrations.kubernetes.validation;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A resource as a person writes it. Its places are JSON pointers; each change is made on a copy.
 */
record Manifest(ObjectNode root) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One of the manifests beside this class. */
  static Manifest named(String file) {
    try (InputStream yaml = Manifest.class.getResourceAsStream(file)) {
      return new Manifest(Serialization.unmarshal(yaml, ObjectNode.class));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  JsonNode at(String place) {
    return root.at(place);
  }

  boolean has(String place) {
    return !at(place).isMissingNode();
  }

  Manifest with(String place, Object value) {
    Manifest copy = copy();
    JsonNode node = JSON.valueToTree(value);
    JsonPointer pointer = JsonPointer.compile(place);
    JsonNode parent = copy.root.at(pointer.head());
    if (parent instanceof ArrayNode list) {
      list.set(pointer.last().getMatchingIndex(), node);
    } else {
      ((ObjectNode) parent).set(pointer.last().getMatchingProperty(), node);
    }
    return copy;
  }

  Manifest without(String place) {
    Manifest copy = copy();
    JsonPointer pointer = JsonPointer.compile(place);
    ((ObjectNode) copy.root.at(pointer.head())).remove(pointer.last().getMatchingProperty());
    return copy;
  }

  Manifest called(String name) {
    return with("/metadata/name", name);
  }

  GenericKubernetesResource resource() {
    return JSON.convertValue(root, GenericKubernetesResource.class);
  }

  /** A place as messages of the API server name it, for example {@code spec.operations[0].name}. */
  static String field(String place) {
    return place.substring(1).replaceAll("/([0-9]+)", "[$1]").replace('/', '.');
  }

  private Manifest copy() {
    return new Manifest(root.deepCopy());
  }
}
