package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A run that waits for a person, who decides on the plan that runs. */
class ApprovalIT extends Operated {
  private static final String LOOK =
      """
      - name: look
        approval:
          question: Is the table as it should be?
      """;

  ApprovalIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @BeforeEach
  void untilAPersonIsAsked() {
    installation.migrate("m", Operations.create("t") + LOOK + Operations.create("u"));
    awaitPhase("m", "AwaitingApproval");
  }

  @Test
  void thePersonIsAskedAndTheWorkersStayScaled() {
    until(
        "a decision is asked for",
        () -> installation.condition("m", "Reconciling").message().contains("spec.approvals"));
    assertThat(installation.condition("m", "Reconciling").reason()).isEqualTo("ApprovalPending");
    assertThat(installation.condition("m", "Reconciling").message())
        .contains("operation look", "Is the table as it should be?", planHash());
    assertThat(installation.replicas()).isEqualTo(5);
    assertThat(installation.clickHouse().run("EXISTS TABLE u")).isEqualTo("0");
  }

  @Test
  void anApprovalOfAnotherPlanDoesNotCount() {
    decide("Approve", "0".repeat(64));
    awaitSeen("m");
    assertThat(installation.phase("m")).isEqualTo("AwaitingApproval");

    installation.wish("m", "Idle");
    decide("Approve", planHash());
    awaitSeen("m");
    assertThat(installation.phase("m")).isEqualTo("AwaitingApproval");

    installation.wish("m", "Completed");

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void aRejectionEndsTheRunUntilItIsTakenBack() {
    decide("Reject", planHash());
    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("ApprovalRejected");
    assertThat(installation.condition("m", "Stalled").message()).contains("look", "as I say");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);

    decide("Approve", planHash());

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.started("m", "CREATE TABLE t")).isEqualTo(1);
  }

  @Test
  void aPauseWhileItWaitsPutsTheWorkersBack() {
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    until("the worker is as before", () -> installation.replicas() == Installation.REPLICAS);

    installation.wish("m", "Completed");
    awaitPhase("m", "AwaitingApproval");

    assertThat(installation.replicas()).isEqualTo(5);
  }

  @Test
  void aStopWhileItWaits() {
    installation.wish("m", "Stopped");

    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("Stopped");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void aRollbackWhileItWaits() {
    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  private String planHash() {
    return installation.status("m").orElseThrow().planHash();
  }

  private void decide(String decision, String planHash) {
    installation.edit(
        "m",
        """
        {"approvals":[{"operation":"look","planHash":"%s","decision":"%s","comment":"as I say"}]}
        """
            .formatted(planHash, decision));
  }
}
