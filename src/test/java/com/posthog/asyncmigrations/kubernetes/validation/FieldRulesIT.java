package com.posthog.asyncmigrations.kubernetes.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.CustomResources;
import com.posthog.asyncmigrations.embedded.KubeNamespace;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.kubernetes.validation.FieldRules.Broken;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every rule for a single field, found in the schema: what breaks it is refused, and the message
 * names the field and what would pass.
 */
@ExtendWith(SharedApiServer.class)
class FieldRulesIT {
  private static final List<String> MIGRATIONS = List.of("migration.yaml");
  private static final List<String> INSTANCES = List.of("instance.yaml", "instance-by-lists.yaml");

  private final Admission admission;

  FieldRulesIT(KubeNamespace namespace) {
    admission = new Admission(namespace.client(), namespace.name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"migration.yaml", "instance.yaml", "instance-by-lists.yaml"})
  void whatIsValidPasses(String file) {
    assertThat(admission.refusalOf(Manifest.named(file))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"AsyncMigration", "PostHogInstance"})
  void theManifestsHaveEveryField(String kind) {
    assertThat(files(kind).stream().flatMap(file -> rules(file).fieldsMet().stream()).distinct())
        .containsExactlyInAnyOrderElementsOf(
            FieldRules.fields("spec", spec(kind)).collect(Collectors.toList()));
  }

  @ParameterizedTest
  @MethodSource
  void whatBreaksARuleIsRefused(Broken broken) {
    assertThat(admission.refusalOf(broken.manifest()))
        .hasValueSatisfying(message -> assertThat(message).contains(broken.saying()));
  }

  static Stream<Broken> whatBreaksARuleIsRefused() {
    return Stream.concat(MIGRATIONS.stream(), INSTANCES.stream())
        .flatMap(file -> rules(file).broken().stream());
  }

  private static List<String> files(String kind) {
    return kind.equals("AsyncMigration") ? MIGRATIONS : INSTANCES;
  }

  private static FieldRules rules(String file) {
    Manifest manifest = Manifest.named(file);
    return new FieldRules(manifest, spec(manifest.at("/kind").asText()));
  }

  private static JSONSchemaProps spec(String kind) {
    return Objects.requireNonNull(
        CustomResources.in(Path.of("crds")).schemaOf(kind).getProperties().get("spec"));
  }
}
