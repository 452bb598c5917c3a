package com.posthog.asyncmigrations.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/** What the kinds of patches make of a document. A list counts as one value, unless it says so. */
final class Patches {
  private Patches() {}

  /**
   * Server-side apply: sets what the applier says now, and takes away what only it had said before.
   */
  static ObjectNode apply(ObjectNode current, ObjectNode before, ObjectNode now) {
    ObjectNode next = current.deepCopy();
    takeAway(next, before, now);
    merge(next, now, false);
    return next;
  }

  /** A JSON merge patch: null takes away. */
  static ObjectNode merge(ObjectNode current, ObjectNode patch) {
    ObjectNode next = current.deepCopy();
    merge(next, patch, false);
    return next;
  }

  /** A strategic merge patch, as far as lists of things with names go. */
  static ObjectNode mergeByName(ObjectNode current, ObjectNode patch) {
    ObjectNode next = current.deepCopy();
    merge(next, patch, true);
    return next;
  }

  private static void takeAway(ObjectNode target, JsonNode before, JsonNode now) {
    for (String name : names(before)) {
      JsonNode there = target.path(name);
      if (there instanceof ObjectNode object && before.get(name).isObject()) {
        takeAway(object, before.get(name), now.path(name));
        if (object.isEmpty() && !now.has(name)) {
          target.remove(name);
        }
      } else if (!now.has(name)) {
        target.remove(name);
      }
    }
  }

  private static void merge(ObjectNode target, ObjectNode patch, boolean byName) {
    for (String name : names(patch)) {
      JsonNode value = patch.get(name);
      if (value.isNull()) {
        target.remove(name);
      } else if (value instanceof ObjectNode object) {
        ObjectNode child =
            target.path(name) instanceof ObjectNode there ? there : target.putObject(name);
        merge(child, object, byName);
      } else if (byName
          && value instanceof ArrayNode list
          && target.path(name) instanceof ArrayNode there
          && named(list)) {
        mergeItems(there, list);
      } else {
        target.set(name, value.deepCopy());
      }
    }
  }

  private static void mergeItems(ArrayNode target, ArrayNode patch) {
    for (JsonNode item : patch) {
      Optional<ObjectNode> same = Optional.empty();
      for (JsonNode there : target) {
        if (there instanceof ObjectNode object && there.path("name").equals(item.path("name"))) {
          same = Optional.of(object);
        }
      }
      same.ifPresentOrElse(
          there -> merge(there, (ObjectNode) item, true), () -> target.add(item.deepCopy()));
    }
  }

  private static boolean named(ArrayNode list) {
    for (JsonNode item : list) {
      if (!item.has("name")) {
        return false;
      }
    }
    return true;
  }

  private static List<String> names(JsonNode node) {
    return node.properties().stream().map(entry -> entry.getKey()).toList();
  }
}
