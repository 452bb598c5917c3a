package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The main job, as a person with kubectl lives it. */
class KubectlIT extends Operated {
  KubectlIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void appliedWatchedAwaitedAndDescribed() {
    installation.clickHouse().run("CREATE TABLE t (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate(
        "m",
        Operations.fill("t", 30)
            + Operations.count("t", 30)
            + Operations.postgres("note", "CREATE TABLE note (at timestamptz)"));
    List<String> seen = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              String line = installation.kubectl("get", "asyncmigrations", "m", "--no-headers");
              if (seen.isEmpty() || !seen.get(seen.size() - 1).equals(line)) {
                seen.add(line);
              }
              return line.contains("CompletedSuccessfully");
            });

    assertThat(seen).anyMatch(line -> line.matches("m +Running +\\d+ +0 +fill-t .*\\R?"));
    assertThat(seen.get(seen.size() - 1)).matches("m +CompletedSuccessfully +100 .* Completed\\R?");
    assertThat(installation.kubectl("get", "asyncmig"))
        .contains("NAME", "STATUS", "PROGRESS", "INDEX", "OPERATION", "STARTED", "FINISHED");
    assertThat(installation.kubectl("wait", "--for=condition=Ready", "asyncmig/m", "--timeout=10s"))
        .contains("condition met");
    assertThat(installation.kubectl("describe", "asyncmig", "m"))
        .contains("Starting", "WorkersScaled", "OperationCompleted", "WorkersRestored", "Completed")
        .contains("all operations were completed");
    assertThat(installation.kubectl("get", "phi", "posthog", "--no-headers"))
        .matches("posthog +True +1\\.36\\.1 +Connected .*\\R?");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  void statusMovesThroughTheRun() {
    installation.clickHouse().run("CREATE TABLE t (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate("m", Operations.fill("t", 120) + Operations.count("t", 120));

    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(installation.status("m")).isPresent();
              assertThat(installation.status("m").orElseThrow().progress()).isBetween(10, 49);
              assertThat(installation.status("m").orElseThrow().currentQueryId())
                  .matches("0100_m-[0-9a-f]{8}-1-f0-0-s1r1-1");
            });
    assertThat(installation.replicas()).isEqualTo(5);
    assertThat(installation.condition("m", "Reconciling").status().name()).isEqualTo("True");
    assertThat(installation.condition("m", "Ready").status().name()).isEqualTo("False");
    assertThat(installation.condition("m", "Stalled").status().name()).isEqualTo("False");
  }
}
