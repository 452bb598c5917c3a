package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Whatever a migration waits for wakes it at once, however far away its next look is. */
@Order(1)
class WakeIT extends Operated {
  /** It has looked after 1, 3, 7 and 15 seconds, and would next look after 31. */
  private static final Duration BACKED_OFF = Duration.ofSeconds(17);

  private static final Duration AT_ONCE = Duration.ofSeconds(10);

  WakeIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void aSecretThatIsCreated() {
    installation.delete("v1", "Secret", "postgres");
    start();
    waitsFor("SecretMissing");

    rightPasswords();

    goesOn("SecretMissing");
  }

  @Test
  void aPasswordThatIsCorrected() {
    installation.secrets(installation.clickHouse().user().password(), Secrets.WRONG);
    start();
    waitsFor("CredentialsRejected");

    rightPasswords();

    goesOn("CredentialsRejected");
  }

  @Test
  void aPasswordThatIsWrongFromNowOn() {
    start();
    await().atMost(Duration.ofSeconds(40)).until(() -> "Connected".equals(ofInstance().reason()));

    installation.secrets(Secrets.WRONG, SharedPostgres.PASSWORD);

    await().atMost(AT_ONCE).until(() -> "CredentialsRejected".equals(ofInstance().reason()));
  }

  @Test
  void aWorkerThatIsCreated() {
    installation.delete("apps/v1", "Deployment", "posthog-worker");
    start();
    waitsFor("WorkerMissing");

    installation.worker();

    goesOn("WorkerMissing");
  }

  @Test
  void anAutoscalerThatIsRemoved() {
    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"worker\":{\"autoscaler\":\"Fail\"}}}");
    installation.kubectl("autoscale", "deployment", "posthog-worker", "--min=2", "--max=4");
    start();
    waitsFor("AutoscalerRefused");

    installation.kubectl("delete", "hpa", "posthog-worker");

    goesOn("AutoscalerRefused");
  }

  @Test
  void anUpgradeOfPostHog() {
    start("posthogVersions: {min: 1.41.0}");
    waitsFor("VersionTooOld");

    installation.kubectl(
        "set", "image", "deployment/posthog-worker", "worker=posthog/posthog:release-1.41.4");

    goesOn("VersionTooOld");
  }

  @Test
  void anInstanceThatIsChanged() {
    start("posthogVersions: {min: 1.41.0}");
    waitsFor("VersionTooOld");

    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"version\":{\"literal\":\"1.41.4\"}}}");

    goesOn("VersionTooOld");
  }

  @Test
  void aDependencyThatIsCompleted() {
    start("dependsOn: [0100_first]");
    waitsFor("WaitingForDependency");

    installation.migrate("first", Operations.create("first"));

    goesOn("WaitingForDependency");
  }

  private void start() {
    start("description: Needs nothing.");
  }

  private void start(String field) {
    installation.migrateWith(
        "m", "  desiredState: Completed\n  " + field + "\n", Operations.create("t"));
  }

  private void rightPasswords() {
    installation.secrets(installation.clickHouse().user().password(), SharedPostgres.PASSWORD);
  }

  private void waitsFor(String reason) {
    await().atMost(Duration.ofSeconds(40)).until(() -> reason.equals(ofMigration().reason()));
    await().pollDelay(BACKED_OFF).atMost(BACKED_OFF.multipliedBy(2)).until(() -> true);
    assertThat(ofMigration().reason()).isEqualTo(reason);
  }

  private void goesOn(String reason) {
    await().atMost(AT_ONCE).until(() -> !reason.equals(ofMigration().reason()));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
  }

  private ConditionStatus ofMigration() {
    return installation.condition("m", "Reconciling");
  }

  private ConditionStatus ofInstance() {
    return Optional.ofNullable(installation.instance().getStatus())
        .flatMap(s -> Optional.ofNullable(s.conditions()).flatMap(all -> all.stream().findFirst()))
        .orElse(
            new ConditionStatus("Ready", ConditionStatus.Value.Unknown, "None", "", null, null));
  }
}
