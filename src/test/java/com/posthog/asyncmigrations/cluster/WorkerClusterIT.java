package com.posthog.asyncmigrations.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Autoscaler;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Worker;
import java.time.Duration;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The worker's journeys where Deployments make pods, and pods become ready through their probes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerClusterIT {
  /** Of a registry that refuses at once, whatever network the cluster has. */
  private static final String NOWHERE = "localhost:1/not-there:1";

  private final Cluster cluster = new Cluster();
  private final ClusterDatabases databases = new ClusterDatabases();
  private PodWorker worker;
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
  void aReadyWorker() {
    worker = new PodWorker(cluster);
    run = new OperatorRun(cluster, databases, worker.namespace());
    soon().untilAsserted(() -> assertThat(worker.readyPods()).hasSize(1));
  }

  @AfterEach
  void clear() {
    worker.close();
  }

  @Test
  void theOperatorsPodIsKilledDuringARun() {
    run.begin(replicas(2));
    soon().until(() -> run.notReady().isEmpty() && run.status().orElseThrow().intent() != null);
    AsyncMigrationStatus before = run.status().orElseThrow();

    cluster.killOperator();
    cluster.operatorIsReady();

    assertThat(run.end()).isEmpty();
    AsyncMigrationStatus after = run.status().orElseThrow();
    assertThat(after.runId()).isEqualTo(before.runId());
    assertThat(after.operations().get(0).tries()).isEqualTo(1);
    assertThat(worker.replicas()).isEqualTo(1);
  }

  @Test
  void byReplicas() {
    run.begin(replicas(3));

    soon()
        .untilAsserted(
            () ->
                assertThat(run.notReady().orElse("ready"))
                    .contains("of 3 pods of posthog-worker are ready"));
    soon().until(() -> run.notReady().isEmpty());
    assertThat(worker.readyPods()).hasSize(3);

    assertThat(run.end()).isEmpty();
    soon().untilAsserted(() -> assertThat(worker.readyPods()).hasSize(1));
  }

  @Test
  void byCpu() {
    run.begin(cpu("200m"));

    soon().until(() -> run.notReady().isEmpty());
    assertThat(worker.cpuRequestsOfReadyPods()).containsExactly("200m");

    assertThat(run.end()).isEmpty();
    soon().untilAsserted(() -> assertThat(worker.cpuRequestsOfReadyPods()).containsExactly("50m"));
  }

  @Test
  void anImageThatIsNotThere() {
    worker.setImage(NOWHERE);
    run.begin(replicas(2));

    soon()
        .untilAsserted(
            () ->
                assertThat(run.notReady().orElse("ready"))
                    .contains("of 2 pods")
                    .containsPattern("container worker: (ErrImagePull|ImagePullBackOff), image")
                    .contains(NOWHERE));

    worker.setImage(cluster.image());

    soon().until(() -> run.notReady().isEmpty());
    assertThat(worker.readyPods()).hasSize(2);
    assertThat(run.end()).isEmpty();
    assertThat(worker.replicas()).isEqualTo(1);
  }

  @Test
  void morePowerThanAnyNodeHas() {
    run.begin(cpu("900"));

    soon()
        .untilAsserted(
            () ->
                assertThat(run.notReady().orElse("ready"))
                    .contains("0 of 1 pods")
                    .contains("Unschedulable", "Insufficient cpu"));

    assertThat(run.end()).isEmpty();
    soon().untilAsserted(() -> assertThat(worker.cpuRequestsOfReadyPods()).containsExactly("50m"));
  }

  @Test
  void anotherHandScalesDuringTheRun() {
    run.begin(replicas(2));
    soon().until(() -> run.notReady().isEmpty());

    worker.scaleByHand(4);

    soon().until(() -> run.notReady().isEmpty() && worker.readyPods().size() == 4);
    assertThat(run.end())
        .containsExactly(
            "replicas of posthog-worker are 4, not the 2 that the run had set: left as they are");
    assertThat(worker.replicas()).isEqualTo(4);
  }

  @Test
  void underAnAutoscaler() {
    worker.addAutoscaler(1, 3);
    run.begin(replicas(5));

    soon().untilAsserted(() -> assertThat(worker.autoscalerMinimum()).isEqualTo(3));
    await().atMost(Duration.ofMinutes(2)).until(() -> run.notReady().isEmpty());
    assertThat(worker.readyPods()).hasSizeGreaterThanOrEqualTo(3);

    assertThat(run.end()).isEmpty();
    assertThat(worker.autoscalerMinimum()).isEqualTo(1);
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(250));
  }

  private static Worker replicas(int replicas) {
    return worker(replicas, null);
  }

  private static Worker cpu(String cpu) {
    return worker(null, cpu);
  }

  private static Worker worker(@Nullable Integer replicas, @Nullable String cpu) {
    return new Worker(PodWorker.NAME, null, replicas, cpu, null, Autoscaler.Adjust, "10m");
  }
}
