package com.posthog.asyncmigrations.journey;

import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OutageProxy;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Each look at a server that says nothing takes a thread for as long as its answer is awaited. */
class InstancesThatAreAwayIT extends Operated {
  private static final int AWAY = 40;

  InstancesThatAreAwayIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  @OwnOperator
  void holdUpNoMigrationOfAnother() {
    SharedPostgres.Fresh postgres = installation.postgres();
    try (OutageProxy silent = new OutageProxy(postgres.server().host(), postgres.server().port())) {
      silent.silence();
      for (int i = 0; i < AWAY; i++) {
        installation.apply(
            Connections.instance(
                    installation.clickHouse().server().httpPort(),
                    installation.clickHouse().name(),
                    silent.port(),
                    postgres.name())
                .replace("name: posthog\n", "name: away-%d\n".formatted(i)));
      }
      until("all of them were looked at", () -> unreachable() == AWAY);

      installation.migrate("m", Operations.create("t") + Operations.create("u"));

      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    }
  }

  private long unreachable() {
    return installation
        .kubectl("get", "phi", "--no-headers")
        .lines()
        .filter(line -> line.contains("DatabaseUnreachable"))
        .count();
  }
}
