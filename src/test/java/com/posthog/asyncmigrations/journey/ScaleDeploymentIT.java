package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Another Deployment is held at another size for a part of a run, and always put back. */
class ScaleDeploymentIT extends Operated {
  private static final String HOLD =
      """
      - name: hold
        scaleDeployment: {deployment: plugins, replicas: 0}
      """;
  private static final String RELEASE =
      """
      - name: release
        scaleDeployment: {deployment: plugins, restore: true}
      """;

  ScaleDeploymentIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void ingestion() {
    installation.apply(Workloads.deployment("plugins", 3));
  }

  @Test
  void itIsHeldUntilTheOperationThatReleasesIt() {
    installation.migrate(
        "m",
        Operations.create("t")
            + HOLD
            + Operations.fill("t", 30)
            + RELEASE
            + Operations.fill("t", 31).replace("fill-t", "again"));
    until("the first statement runs", () -> installation.runs("numbers(30)"));
    assertThat(plugins()).isZero();
    assertThat(installation.status("m").orElseThrow().scaledDeployments())
        .singleElement()
        .satisfies(d -> assertThat(d.original().replicas()).isEqualTo(3));
    until("the second statement runs", () -> installation.runs("numbers(31)"));
    assertThat(plugins()).isEqualTo(3);

    awaitPhase("m", "CompletedSuccessfully");

    assertThat(plugins()).isEqualTo(3);
    assertThat(installation.eventReasons("m")).contains("WorkersScaled", "WorkersRestored");
  }

  @Test
  void anErrorPutsItBack() {
    installation.migrate("m", HOLD + Operations.fail());

    awaitPhase("m", "RolledBack");
    assertThat(plugins()).isEqualTo(3);
  }

  @Test
  void aStopPutsItBackAndARunThatGoesOnHoldsItAgain() {
    installation.migrate(
        "m", Operations.create("t") + HOLD + Operations.fill("t", 300) + Operations.create("u"));
    until("the statement runs", () -> installation.runs("numbers(300)"));
    installation.wish("m", "Stopped");
    awaitPhase("m", "Errored");
    assertThat(plugins()).isEqualTo(3);

    installation.wish("m", "Completed");
    installation.retry("m", 1);

    until("the statement runs again", () -> installation.runs("numbers(300)"));
    assertThat(plugins()).isZero();
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(plugins()).isEqualTo(3);
  }

  @Test
  @OwnOperator
  void itIsPutBackAlsoWhenTheOperatorDiesMeanwhile() {
    installation.migrate("m", Operations.create("t") + HOLD + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("numbers(3000)"));
    operator().kill();
    installation.wish("m", "Stopped");

    startSuccessor();

    awaitPhase("m", "Errored");
    assertThat(plugins()).isEqualTo(3);
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void withoutItsLedgerItIsPutBackFromTheStatus() {
    installation.migrate("m", Operations.create("t") + HOLD + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("numbers(3000)"));
    installation.postgres().asSuperuser("TRUNCATE async_migrations.migration");

    awaitReason("m", "LedgerLost");
    until("everything is put back", () -> plugins() == 3 && installation.replicas() == 2);
  }

  @Test
  void aDeploymentThatIsNotThereIsWaitedFor() {
    installation.migrate("m", HOLD.replace("plugins", "absent"));
    awaitReason("m", "WorkerMissing");
    assertThat(installation.condition("m", "Reconciling").message()).contains("absent");

    installation.apply(Workloads.deployment("absent", 1));

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.workloads().replicas("absent")).isEqualTo(1);
  }

  @Test
  void aStopDoesNotWaitForPodsThatDoNotEnd() {
    installation.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: lingers
          labels: {app: plugins}
        spec:
          containers: [{name: app, image: busybox}]
        """);
    installation.migrate("m", HOLD);
    until("it is scaled", () -> plugins() == 0);

    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("Stopped");
    assertThat(plugins()).isEqualTo(3);
  }

  private int plugins() {
    return installation.workloads().replicas("plugins");
  }
}
