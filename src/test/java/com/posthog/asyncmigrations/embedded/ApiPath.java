package com.posthog.asyncmigrations.embedded;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a request is for.
 *
 * @param object the path of the object, or of the collection
 * @param subresource {@code status}, {@code scale} or nothing
 * @param query what follows the question mark
 */
record ApiPath(String object, String subresource, String query) {
  private static final List<String> SUBRESOURCES = List.of("status", "scale");

  static ApiPath of(String requested) {
    URI uri = URI.create(requested);
    String path = uri.getPath();
    String query = Optional.ofNullable(uri.getQuery()).orElse("");
    String last = path.substring(path.lastIndexOf('/') + 1);
    return SUBRESOURCES.contains(last)
        ? new ApiPath(path.substring(0, path.length() - last.length() - 1), last, query)
        : new ApiPath(path, "", query);
  }

  boolean isFor(String subresource) {
    return this.subresource.equals(subresource);
  }

  /** Where an object of this path is created. */
  String collection() {
    return object.substring(0, object.lastIndexOf('/'));
  }

  String withSubresource() {
    return subresource.isEmpty() ? object : object + "/" + subresource;
  }

  String parameter(String name) {
    return Arrays.stream(query.split("&", -1))
        .filter(part -> part.startsWith(name + "="))
        .map(part -> part.substring(name.length() + 1))
        .findFirst()
        .orElse("");
  }
}
