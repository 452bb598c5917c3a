package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A worker whose pods take too long is named, and the run starts by itself once they are ready. */
class NotReadyIT extends Operated {
  NotReadyIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void aWorkerThatDoesNotBecomeReadyInTime() {
    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"worker\":{\"readyTimeout\":\"2s\"}}}");
    installation.kubeletPauses();

    installation.migrate("m", Operations.create("t") + Operations.fill("t", 1));

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> "WorkersNotReady".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.condition("m", "Reconciling").message()).contains("posthog-worker");
    assertThat(installation.phase("m")).isEqualTo("Starting");
    assertThat(installation.replicas()).isEqualTo(5);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");

    installation.kubeletGoesOn();

    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }
}
