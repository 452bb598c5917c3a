package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.OperatorProcess;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is missing or wrong is named within seconds, retried, and tells no secret. */
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith({SharedApiServer.class, SharedClickHouse.class, SharedPostgres.class})
class RefusalIT {
  private final Installation installation;
  private Optional<OperatorProcess> operator = Optional.empty();

  RefusalIT(ApiServerProcess server, TestDatabase clickHouse, SharedPostgres.Fresh postgres) {
    installation = new Installation(server, clickHouse, postgres);
  }

  @AfterEach
  void stop() {
    operator.ifPresent(OperatorProcess::close);
    installation.close();
  }

  @Test
  void aWrongPasswordOfClickHouse() {
    installation.secrets(Secrets.WRONG, SharedPostgres.PASSWORD);
    start();

    isRefused("CredentialsRejected", "ClickHouse");

    installation.secrets(installation.clickHouse().user().password(), SharedPostgres.PASSWORD);
    completes();
  }

  @Test
  void aWrongPasswordOfPostgres() {
    installation.secrets(installation.clickHouse().user().password(), Secrets.WRONG);
    start();

    isRefused("CredentialsRejected", "PostgreSQL");

    installation.secrets(installation.clickHouse().user().password(), SharedPostgres.PASSWORD);
    completes();
  }

  @Test
  void aMissingSecret() {
    installation.delete("v1", "Secret", "postgres");
    start();

    isRefused("SecretMissing", "postgres");

    installation.secrets(installation.clickHouse().user().password(), SharedPostgres.PASSWORD);
    completes();
  }

  @Test
  void aMissingDatabaseOfClickHouse() {
    installation.instance(
        installation.clickHouse().server().httpPort(), "nowhere", installation.postgres().name());
    start();

    isRefused("DatabaseMissing", "nowhere");

    installation.instance(installation.clickHouse().server().httpPort());
    completes();
  }

  @Test
  void aMissingDatabaseOfPostgres() {
    installation.instance(
        installation.clickHouse().server().httpPort(), installation.clickHouse().name(), "nowhere");
    start();

    isRefused("DatabaseMissing", "nowhere");

    installation.instance(installation.clickHouse().server().httpPort());
    completes();
  }

  @Test
  void aServerThatIsAway() {
    try (CuttingProxy away = new CuttingProxy("127.0.0.1", 1)) {
      installation.instance(away.port());
      start();

      isRefused("DatabaseUnreachable", "127.0.0.1:" + away.port());
    }
    installation.instance(installation.clickHouse().server().httpPort());
    completes();
  }

  @Test
  void aPostgresThatIsAway() {
    installation.kubectl(
        "patch", "phi", "posthog", "--type=merge", "-p", "{\"spec\":{\"postgres\":{\"port\":1}}}");
    start();

    isRefused("DatabaseUnreachable", "127.0.0.1:1");

    installation.instance(installation.clickHouse().server().httpPort());
    completes();
  }

  @Test
  void aMissingWorker() {
    installation.delete("apps/v1", "Deployment", "posthog-worker");
    start();

    isRefused("WorkerMissing", "posthog-worker");

    installation.worker();
    completes();
  }

  @Test
  void aMissingInstance() {
    installation.delete("migrations.posthog.com/v1alpha1", "PostHogInstance", "posthog");
    start();

    isRefused("InstanceMissing", "posthog");

    installation.instance(installation.clickHouse().server().httpPort());
    completes();
  }

  private void start() {
    installation.migrate("m", Operations.create("t"));
    operator = Optional.of(installation.startOperator());
    operator.get().awaitLeading();
  }

  private List<String> log() {
    return operator.orElseThrow().log();
  }

  private void isRefused(String reason, String named) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(installation.condition("m", "Reconciling").reason()).isEqualTo(reason);
              assertThat(installation.condition("m", "Reconciling").message()).contains(named);
            });
    assertThat(installation.condition("m", "Reconciling").status().name()).isEqualTo("True");
    assertThat(installation.phase("m")).isEqualTo("NotStarted");
    assertThat(installation.replicas()).isNotEqualTo(5);
  }

  /**
   * By itself, once what was wrong is mended; and nothing has told a secret or printed a stack
   * trace.
   */
  private void completes() {
    await()
        .atMost(Duration.ofSeconds(100))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    Secrets.areNotTold(installation, log());
    assertThat(log()).noneMatch(line -> line.contains("stack_trace") || line.startsWith("\tat "));
  }
}
