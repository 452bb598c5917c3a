package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The operator is killed when only the worker is left to be restored: its replicas and its CPU. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class RestoreCrashIT {
  private final ApiServerProcess server;
  private final Installation installation;
  private OperatorProcess operator;

  RestoreCrashIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    this.server = server;
    installation = new Installation(server, clickHouse, postgres);
    installation.kubectl(
        "set", "resources", "deployment/posthog-worker", "--requests=cpu=500m", "--limits=cpu=1");
    operator = installation.startOperator();
  }

  @AfterEach
  void stop() {
    operator.close();
    allow();
    installation.close();
  }

  @Test
  void beforeAnythingWasRestored() {
    onlyTheWorkerIsLeft();

    operator.kill();
    anotherOneRestoresBoth();
  }

  @Test
  void halfWay() {
    onlyTheWorkerIsLeft();

    operator.kill();
    allow();
    // the first of the two writes that restore; the second was never sent
    installation.kubectl(
        "set", "resources", "deployment/posthog-worker", "--requests=cpu=500m", "--limits=cpu=1");
    anotherOneRestoresBoth();
  }

  /** From the middle of the run on, the API server refuses every change of the worker. */
  private void onlyTheWorkerIsLeft() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 100));
    await().atMost(later()).until(() -> installation.runs("INSERT INTO t"));
    server
        .kubectl()
        .runWith(POLICY.formatted(installation.namespace()), "apply", "-f", "-")
        .orThrow();

    await()
        .atMost(later())
        .until(
            () -> "KubernetesRefused".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.condition("m", "Reconciling").message()).contains("not now");
    assertThat(installation.phase("m")).isEqualTo("Running");
    assertThat(installation.replicas()).isEqualTo(5);
    assertThat(cpu()).isEqualTo("2 2");
  }

  private void allow() {
    for (String kind : List.of("validatingadmissionpolicybinding", "validatingadmissionpolicy")) {
      server
          .kubectl()
          .run("delete", kind, installation.namespace(), "--ignore-not-found")
          .orThrow();
    }
    await()
        .ignoreExceptions()
        .atMost(later())
        .until(
            () ->
                installation
                    .kubectl("label", "deployment/posthog-worker", "allowed=yes", "--overwrite")
                    .contains("label"));
  }

  private void anotherOneRestoresBoth() {
    allow();
    operator = installation.startOperator();

    await().atMost(later()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(cpu()).isEqualTo("500m 1");
    assertThat(installation.status("m").orElseThrow().workers().state()).isEqualTo("Restored");
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
  }

  /** Request and limit of the worker's container. */
  private String cpu() {
    String resources = ".spec.template.spec.containers[0].resources";
    return installation.kubectl(
        "get",
        "deployment",
        "posthog-worker",
        "-o",
        "jsonpath={%1$s.requests.cpu} {%1$s.limits.cpu}".formatted(resources));
  }

  /** A lease to run out, a request to be on its way, and a slow machine. */
  private static Duration later() {
    return Duration.ofMinutes(3);
  }

  private static final String POLICY =
      """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicy
      metadata:
        name: %1$s
      spec:
        failurePolicy: Fail
        matchConstraints:
          resourceRules:
            - apiGroups: [apps]
              apiVersions: [v1]
              operations: [UPDATE]
              resources: [deployments, deployments/scale]
        validations:
          - expression: "false"
            message: not now
      ---
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicyBinding
      metadata:
        name: %1$s
      spec:
        policyName: %1$s
        validationActions: [Deny]
        matchResources:
          namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: %1$s
      """;
}
