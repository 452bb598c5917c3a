package com.posthog.asyncmigrations.kubernetes.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.posthog.asyncmigrations.embedded.KubeNamespace;
import com.posthog.asyncmigrations.embedded.Kubectl;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What people see with {@code kubectl}. */
@ExtendWith(SharedApiServer.class)
class KubectlIT {
  private static final String EVERYTHING =
      "src/test/resources/com/posthog/asyncmigrations/kubernetes/validation/";

  /** What a run's status looks like, in the columns. */
  private static final String STATUS =
      """
      apiVersion: migrations.posthog.com/v1alpha1
      kind: AsyncMigration
      metadata:
        name: everything
      status:
        observedGeneration: 1
        phase: Running
        progress: 42
        currentOperationIndex: 2
        currentOperation: harmless
        currentQueryId: everything-0a1b2c3d-1-f2-0-s1r1-1
        startedAt: "2026-03-01T10:00:00Z"
        conditions:
          - type: Ready
            status: "False"
            reason: StatementRuns
            message: A statement runs.
      """;

  @Test
  void theColumnsOfAMigration(KubeNamespace namespace) {
    namespace.kubectl("apply", "-f", EVERYTHING + "migration.yaml").orThrow();
    namespace
        .server()
        .kubectl()
        .runWith(
            STATUS,
            "--namespace=" + namespace.name(),
            "apply",
            "--server-side",
            "--subresource=status",
            "-f",
            "-")
        .orThrow();

    assertThat(table(namespace.kubectl("get", "asyncmig")))
        .containsExactly(
            "NAME STATUS PROGRESS INDEX OPERATION STARTED FINISHED REASON",
            "everything Running 42 2 harmless 2026-03-01T10:00:00Z StatementRuns");
    assertThat(table(namespace.kubectl("get", "asyncmigrations", "--output=wide")))
        .containsExactly(
            "NAME STATUS PROGRESS INDEX OPERATION STARTED FINISHED REASON QUERY MESSAGE",
            "everything Running 42 2 harmless 2026-03-01T10:00:00Z StatementRuns"
                + " everything-0a1b2c3d-1-f2-0-s1r1-1 A statement runs.");
  }

  @Test
  void theColumnsOfAnInstance(KubeNamespace namespace) {
    namespace.kubectl("apply", "-f", EVERYTHING + "instance.yaml").orThrow();

    assertThat(table(namespace.kubectl("get", "phi")).get(0))
        .isEqualTo("NAME READY VERSION REASON AGE");
    assertThat(namespace.kubectl("get", "migrations", "--output=name").orThrow())
        .as("both are of the category")
        .isEqualTo("posthoginstance.migrations.posthog.com/by-names\n");
  }

  @Test
  void aNewResourceDoesNotLookDone(KubeNamespace namespace) {
    for (String file : new String[] {"migration.yaml", "instance.yaml"}) {
      String json = namespace.kubectl("apply", "-f", EVERYTHING + file, "--output=json").orThrow();
      JsonNode created = Serialization.unmarshal(json, JsonNode.class);
      assertThat(created.at("/metadata/generation").asInt()).isEqualTo(1);
      assertThat(created.at("/status").toString()).isEqualTo("{\"observedGeneration\":-1}");
    }
  }

  @Test
  void aMisspeltFieldIsNamed(KubeNamespace namespace) throws IOException {
    String misspelt =
        Files.readString(Path.of(EVERYTHING, "migration.yaml")).replace("onUnknown:", "onUnkown:");

    Kubectl.Answer answer = namespace.apply(misspelt);

    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.err())
        .contains("unknown field \"spec.operations[0].sql.statements[0].onUnkown\"");
  }

  @Test
  void everythingIsExplained(KubeNamespace namespace) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> namespace.kubectl("explain", "asyncmigrations").exitCode() == 0);

    assertThat(namespace.kubectl("explain", "asyncmigrations.spec.operations.sql").orThrow())
        .contains(
            "Statements on one of the databases.",
            "Where the statements run.",
            "The statements, in this order.");
    assertThat(namespace.kubectl("explain", "phi").orThrow())
        .contains("One PostHog installation", "What the operator found")
        .doesNotContain("<empty>");
    assertThat(namespace.kubectl("explain", "asyncmig", "--recursive").orThrow())
        .contains("onUnknown\t<string>", "enum: Fail, Repeat, RollBackThenRepeat");
  }

  @Test
  void theExampleIsAccepted(KubeNamespace namespace) {
    assertThat(namespace.kubectl("apply", "-f", "deploy/example.yaml").orThrow().lines())
        .containsExactly(
            "secret/posthog-clickhouse created",
            "secret/posthog-postgres created",
            "posthoginstance.migrations.posthog.com/posthog created",
            "asyncmigration.migrations.posthog.com/0101-browser-column created");
  }

  @Test
  void theOperatorsManifestsAreAccepted(KubeNamespace namespace) {
    Kubectl.Answer answer = namespace.server().kubectl().run("apply", "-f", "deploy/operator.yaml");

    assertThat(answer.orThrow().lines()).hasSize(7).allMatch(line -> line.endsWith(" created"));
    assertThat(answer.err()).as("warnings").isEmpty();
  }

  /** With one space between the columns. */
  private static List<String> table(Kubectl.Answer answer) {
    return answer.orThrow().lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
  }
}
