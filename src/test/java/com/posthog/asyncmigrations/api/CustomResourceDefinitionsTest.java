package com.posthog.asyncmigrations.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The checked-in CRDs are those of the Java types. After a change of the types: {@code mvn test
 * -Dtest=CustomResourceDefinitionsTest -Dcrds.write=true}.
 */
final class CustomResourceDefinitionsTest {

  private static final Path CHECKED_IN = Path.of("crds");

  @Test
  void checkedInDefinitionsAreCurrent(@TempDir Path fresh) throws IOException {
    if (Boolean.getBoolean("crds.write")) {
      CustomResourceDefinitions.generateInto(CHECKED_IN);
    }
    CustomResourceDefinitions.generateInto(fresh);
    for (Path generated : files(fresh)) {
      assertThat(CHECKED_IN.resolve(fresh.relativize(generated)))
          .as("run with -Dcrds.write=true to bring crds/ up to date")
          .hasSameTextualContentAs(generated);
    }
    assertThat(files(CHECKED_IN)).hasSameSizeAs(files(fresh));
  }

  @Test
  void everythingIsBoundedAndDescribed() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Path file : files(CHECKED_IN)) {
      CustomResourceDefinition crd =
          Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class);
      JSONSchemaProps root = crd.getSpec().getVersions().get(0).getSchema().getOpenAPIV3Schema();
      inspect(crd.getSpec().getNames().getKind(), root, true, faults);
    }
    assertThat(faults).isEmpty();
  }

  private static void inspect(
      String path, JSONSchemaProps schema, boolean named, List<String> faults) {
    if (named && schema.getDescription() == null) {
      faults.add(path + ": no description");
    }
    if (Boolean.TRUE.equals(schema.getXKubernetesPreserveUnknownFields())) {
      return; // its schema is that of something else
    }
    switch (schema.getType()) {
      case "string" -> {
        boolean closed = schema.getEnum() != null && !schema.getEnum().isEmpty();
        if (schema.getMaxLength() == null && !closed && !"date-time".equals(schema.getFormat())) {
          faults.add(path + ": no maxLength");
        }
      }
      case "array" -> {
        if (schema.getMaxItems() == null) {
          faults.add(path + ": no maxItems");
        }
        inspect(path + "[]", schema.getItems().getSchema(), false, faults);
      }
      case "object" ->
          schema
              .getProperties()
              .forEach((name, child) -> inspect(path + "." + name, child, true, faults));
      default -> {
        // numbers and booleans are bounded by their type
      }
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }
}
