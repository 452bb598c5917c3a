package com.posthog.asyncmigrations.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Operations that are Jobs, with the pods that run them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JobClusterIT {
  private static final String JOB =
      """
      - name: code
        job:
          template:
            metadata:
              labels: {of: job}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: code
                  image: %s
                  imagePullPolicy: IfNotPresent
                  command: [sh, -c, "%s"]
        rollback: {notNeeded: true}
      """;

  private final Cluster cluster = new Cluster();
  private final ClusterDatabases databases = new ClusterDatabases();
  private PodWorker namespace;
  private OperatorRun run;

  @BeforeAll
  void anOperator() {
    cluster.installOperator();
  }

  @AfterAll
  void stop() {
    databases.close();
    cluster.close();
  }

  @BeforeEach
  void aNamespace() {
    namespace = new PodWorker(cluster);
    run = new OperatorRun(cluster, databases, namespace.namespace());
  }

  @AfterEach
  void clear() {
    namespace.close();
  }

  @Test
  void itsLastLinesAreInTheStatusAndItIsRemoved() {
    begin("for i in $(seq 1 30); do echo line $i; done");

    soon().until(() -> run.phase().equals("CompletedSuccessfully"));

    assertThat(status().operations().get(0).output()).contains("line 21", "line 30");
    soon().until(() -> pods().isEmpty());
  }

  @Test
  void aFailureTellsTheExitCodeAndTheLastLines() {
    begin("echo about to fail; exit 3");

    soon().until(() -> run.phase().equals("RolledBack"));

    assertThat(status().errors().get(0).reason()).isEqualTo("JobFailed");
    assertThat(status().errors().get(0).message()).contains("exit code 3", "about to fail");
    soon().until(() -> pods().isEmpty());
  }

  @Test
  void aStopIsOverWhenItsPodHasEnded() {
    begin("sleep 600");
    soon().until(() -> pods().stream().anyMatch(p -> "Running".equals(p.getStatus().getPhase())));

    assertThat(run.end()).isEmpty();

    assertThat(pods()).noneMatch(p -> "Running".equals(p.getStatus().getPhase()));
    soon().until(() -> pods().isEmpty());
  }

  @Test
  void theOperatorsPodIsKilledWhileItRuns() {
    begin("sleep 15; echo done");
    soon().until(() -> pods().stream().anyMatch(p -> "Running".equals(p.getStatus().getPhase())));

    cluster.killOperator();
    cluster.operatorIsReady();

    soon().until(() -> run.phase().equals("CompletedSuccessfully"));
    assertThat(status().operations().get(0).tries()).isEqualTo(1);
    assertThat(status().operations().get(0).output()).isEqualTo("done");
  }

  private void begin(String command) {
    run.begin(JOB.formatted(cluster.image(), command));
  }

  private AsyncMigrationStatus status() {
    return run.status().orElseThrow();
  }

  private List<Pod> pods() {
    return cluster
        .admin()
        .pods()
        .inNamespace(namespace.namespace())
        .withLabel("of", "job")
        .list()
        .getItems();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofMinutes(3));
  }
}
