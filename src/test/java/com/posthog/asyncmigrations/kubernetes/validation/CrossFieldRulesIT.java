package com.posthog.asyncmigrations.kubernetes.validation;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.CustomResources;
import com.posthog.asyncmigrations.embedded.KubeNamespace;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule over more than one field, and what cannot be changed. */
@ExtendWith(SharedApiServer.class)
class CrossFieldRulesIT {
  private final Admission admission;

  CrossFieldRulesIT(KubeNamespace namespace) {
    admission = new Admission(namespace.client(), namespace.name());
  }

  @ParameterizedTest
  @MethodSource("com.posthog.asyncmigrations.kubernetes.validation.CrossFieldCases#all")
  void whatBreaksARuleIsRefused(CrossFieldCases.Case broken) {
    assertThat(admission.refusalOf(broken.manifest()))
        .hasValueSatisfying(
            message ->
                assertThat(message).contains(broken.field() + ": Invalid value", broken.says()));
  }

  @ParameterizedTest
  @MethodSource("com.posthog.asyncmigrations.kubernetes.validation.CrossFieldCases#allowed")
  void whatIsNearARulePasses(Manifest manifest) {
    assertThat(admission.refusalOf(manifest)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"migration", "instanceRef/name"})
  void whatCannotBeChanged(String place) {
    Manifest before = Manifest.named("migration.yaml").called("changed");
    Manifest after = before.with("/spec/" + place, "0102_another");

    assertThat(admission.refusalOfChange(before, after))
        .hasValueSatisfying(
            message ->
                assertThat(message)
                    .contains(
                        Manifest.field("/spec/" + place) + " is immutable",
                        "apply another AsyncMigration"));
  }

  @Test
  void theNonceOnlyGrows() {
    Manifest before = Manifest.named("migration.yaml").called("changed");
    String says = "spec.retryNonce only grows: raise it to run again";

    assertThat(admission.refusalOfChange(before, before.with("/spec/retryNonce", 2))).isEmpty();
    for (Manifest less :
        List.of(before.with("/spec/retryNonce", 0), before.without("/spec/retryNonce"))) {
      assertThat(admission.refusalOfChange(before, less))
          .hasValueSatisfying(message -> assertThat(message).contains(says));
    }
  }

  @Test
  void everythingElseCanBeChanged() {
    Manifest before = Manifest.named("migration.yaml").called("changed");
    Manifest after =
        before
            .with("/spec/desiredState", "RolledBack")
            .without("/spec/parameters")
            .with("/spec/operations/0/timeout", "3d")
            .with("/spec/description", "Another.");

    assertThat(admission.refusalOfChange(before, after)).isEmpty();
  }

  @Test
  void asManyOperationsAsThereCanBe() {
    Manifest biggest = operations(500, "operation-");

    assertThat(admission.refusalOf(biggest)).isEmpty();
    assertThat(admission.refusalOf(biggest.with("/spec/operations/499/name", "operation-0")))
        .hasValueSatisfying(
            message -> assertThat(message).contains("every name must be used once only"));
  }

  /** Whose names are compared by the API server as long as it may, and by the plan after that. */
  @Test
  void asManyOperationsAsThereCanBeWithTheLongestNames() {
    String prefix = "o".repeat(60);

    assertThat(admission.refusalOf(operations(500, prefix))).isEmpty();
    assertThat(admission.refusalOf(operations(251, prefix))).isEmpty();
    assertThat(
            admission.refusalOf(
                operations(250, prefix).with("/spec/operations/249/name", prefix + "0")))
        .hasValueSatisfying(
            message -> assertThat(message).contains("every name must be used once only"));
  }

  private static Manifest operations(int count, String prefix) {
    Manifest valid = Manifest.named("migration.yaml");
    List<Object> operations = new ArrayList<>();
    IntStream.range(0, count)
        .mapToObj(i -> new Manifest(valid.at("/spec/operations/0").deepCopy()))
        .forEach(o -> operations.add(o.with("/name", prefix + operations.size()).root()));
    return valid.with("/spec/operations", operations);
  }

  @Test
  void everyRuleHasItsCase() {
    List<String> tried =
        Stream.concat(
                CrossFieldCases.all().map(CrossFieldCases.Case::says),
                Stream.of(
                    "spec.retryNonce only grows: raise it to run again",
                    "spec.migration is immutable: apply another AsyncMigration for another migration",
                    "spec.instanceRef.name is immutable: apply another AsyncMigration for another"
                        + " instance"))
            .toList();

    assertThat(CustomResources.in(Path.of("crds")).definitions())
        .flatMap(crd -> crd.getSpec().getVersions())
        .flatMap(version -> messages(version.getSchema().getOpenAPIV3Schema()).toList())
        .isSubsetOf(tried)
        .hasSizeGreaterThan(15);
  }

  private static Stream<String> messages(JSONSchemaProps schema) {
    Stream<JSONSchemaProps> below =
        "array".equals(schema.getType())
            ? Stream.of(schema.getItems().getSchema())
            : schema.getProperties().values().stream();
    return Stream.concat(
        schema.getXKubernetesValidations().stream().map(ValidationRule::getMessage),
        below.flatMap(CrossFieldRulesIT::messages));
  }
}
