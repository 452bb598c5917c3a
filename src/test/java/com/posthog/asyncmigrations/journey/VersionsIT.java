package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.PostHogInstanceStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The versions of PostHog and of the databases; the worker's image is that of 1.36.1. */
@Execution(ExecutionMode.SAME_THREAD)
class VersionsIT extends Operated {
  VersionsIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void beforeItsWindowItWaitsAndWithinItRuns() {
    apply("posthogVersions: {min: 1.37.0, max: 1.40.9}");

    isHeld("VersionTooOld", "found version 1.36.1; 1.37.0 - 1.40.9 would pass");

    image("posthog/posthog:release-1.40.9");
    completes();
  }

  @Test
  void afterItsWindowItIsRefusedUnlessItIsNotNeeded() {
    apply("posthogVersions: {max: 1.36.0}");
    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("VersionTooNew");
    assertThat(installation.condition("m", "Stalled").message())
        .isEqualTo("PostHog: found version 1.36.1; 1.36.0 or earlier would pass");

    apply(
        "posthogVersions: {max: 1.36.0}\n  requiredWhen: {database: PostgreSQL, sql: SELECT false}");

    completes();
    assertThat(installation.condition("m", "Ready").reason()).isEqualTo("NotRequired");
  }

  @Test
  void aTagThatTellsNoVersionIsWaitedForAndALiteralHelps() {
    image("posthog/posthog:latest");
    apply("posthogVersions: {min: 1.36.0}");

    isHeld("VersionUnknown", "image posthog/posthog:latest of Deployment posthog-worker");
    await().atMost(soon()).until(() -> seen().versionSource().contains("posthog:latest"));
    assertThat(seen().version()).isNull();

    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"version\":{\"literal\":\"1.36.1\"}}}");
    completes();
    await().atMost(soon()).until(() -> "1.36.1".equals(seen().version()));
  }

  @Test
  void anotherDeploymentMayTell() {
    installation.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
                - {name: proxy, image: "nginx:1.99.0"}
                - {name: web, image: "registry:5000/posthog/posthog:v1.41.4@sha256:%s"}
        """
            .formatted("0".repeat(64)));
    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"version\":{\"deployment\":\"web\",\"container\":\"web\"}}}");
    apply("posthogVersions: {min: 1.41.0}");

    completes();
    await().atMost(soon()).until(() -> "1.41.4".equals(seen().version()));
  }

  @Test
  void versionsOfTheDatabases() {
    apply("serviceVersions: [{service: ClickHouse, range: '>=21.6.0,<21.7.0'}]");
    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("ServiceVersionNotMet");
    assertThat(installation.condition("m", "Stalled").message())
        .contains("version of ClickHouse: found 127.0.0.1:", ">=21.6.0,<21.7.0 would pass");

    apply(
        "serviceVersions: [{service: ClickHouse, range: '>=21.6.0'}, {service: PostgreSQL, range: '>=12'}]");
    completes();
  }

  private void apply(String field) {
    installation.migrateWith(
        "m", "  desiredState: Completed\n  " + field + "\n", Operations.create("t"));
  }

  private void image(String image) {
    installation.kubectl("set", "image", "deployment/posthog-worker", "worker=" + image);
  }

  private void isHeld(String reason, String message) {
    await()
        .atMost(soon())
        .untilAsserted(
            () -> {
              assertThat(installation.condition("m", "Reconciling").reason()).isEqualTo(reason);
              assertThat(installation.condition("m", "Reconciling").message()).contains(message);
            });
    assertThat(installation.phase("m")).isEqualTo("NotStarted");
  }

  private void completes() {
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
  }

  private PostHogInstanceStatus seen() {
    return installation.instance().getStatus();
  }

  private static Duration soon() {
    return Duration.ofSeconds(70);
  }
}
