package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Operations that are Jobs, as far as the API server alone can show them; the journeys on a cluster
 * show their pods.
 */
class JobIT extends Operated {
  private static final String JOB =
      """
      - name: code
        job:
          template:
            metadata:
              labels: {mine: "yes"}
            spec:
              containers:
                - name: code
                  image: busybox
                  command: [sh, -c, exit 0]
        rollback: {notNeeded: true}
      """;

  JobIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void theRunGoesOnWhenItIsCompleteAndItIsRemoved() {
    installation.migrate("m", JOB + Operations.create("t"));
    Job job = job();
    assertThat(job.getSpec().getTemplate().getSpec().getRestartPolicy()).isEqualTo("Never");
    assertThat(job.getSpec().getTemplate().getMetadata().getLabels()).containsEntry("mine", "yes");
    assertThat(job.getSpec().getBackoffLimit()).isZero();
    assertThat(job.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(o -> assertThat(o.getName()).isEqualTo("m"));
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");

    installation.workloads().complete(job);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.workloads().jobs()).isEmpty();
  }

  @Test
  void aFailureIsAnErrorWithItsMessage() {
    installation.migrate("m", Operations.create("t") + JOB);

    installation.workloads().fail(job(), "Job has reached the specified backoff limit");

    awaitPhase("m", "RolledBack");
    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("JobFailed");
    assertThat(installation.status("m").orElseThrow().errors().get(0).message())
        .contains("reached the specified backoff limit");
    assertThat(installation.workloads().jobs()).isEmpty();
  }

  @Test
  @OwnOperator
  void itIsFoundAgainAfterTheOperatorHasDied() {
    installation.migrate("m", JOB + Operations.create("t"));
    Job job = job();
    operator().kill();
    installation.workloads().complete(job);

    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.status("m").orElseThrow().operations().get(0).tries()).isEqualTo(1);
    assertThat(installation.workloads().jobs()).isEmpty();
  }

  @Test
  void aStopSuspendsItAndRemovesIt() {
    installation.migrate("m", JOB);
    job();

    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("Stopped");
    assertThat(installation.workloads().jobs()).isEmpty();
  }

  @Test
  void aTemplateThatMakesNoJobIsAnError() {
    installation.migrate("m", JOB.replace("image: busybox", "image: \"\""));

    awaitPhase("m", "RolledBack");
    assertThat(installation.status("m").orElseThrow().errors().get(0).message())
        .contains("job.template makes no Job", "image");
  }

  @Test
  void oneThatAnotherHandDeletesHasFailed() {
    installation.migrate("m", JOB);
    Job job = job();

    installation.delete("batch/v1", "Job", job.getMetadata().getName());

    awaitPhase("m", "RolledBack");
    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("StatementKilled");
    assertThat(installation.workloads().jobs()).isEmpty();
  }

  @Test
  void aRollbackMayBeOneToo() {
    installation.migrate(
        "m",
        JOB.replace(
                "rollback: {notNeeded: true}",
                """
                rollback:
                    job:
                      template:
                        spec:
                          containers: [{name: undo, image: busybox}]""")
            + Operations.fail());
    Job forward = job();
    installation.workloads().complete(forward);

    until("the rollback runs", () -> undoes(forward));
    installation.workloads().complete(installation.workloads().job());

    awaitPhase("m", "RolledBack");
    assertThat(installation.workloads().jobs()).isEmpty();
  }

  private boolean undoes(Job forward) {
    List<String> names =
        installation.workloads().jobs().stream().map(j -> j.getMetadata().getName()).toList();
    return names.size() == 1 && !names.contains(forward.getMetadata().getName());
  }

  private Job job() {
    until("the Job is there", () -> installation.workloads().jobs().size() == 1);
    return installation.workloads().job();
  }
}
