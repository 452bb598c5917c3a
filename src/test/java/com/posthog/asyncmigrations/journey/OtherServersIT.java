package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The instance is pointed elsewhere during a run (contracts, 11). The embedded engine has no
 * serverUUID, so a server is told by its address, and one behind a proxy is another one.
 */
class OtherServersIT extends Operated {
  private final int port;
  private final CuttingProxy other;

  OtherServersIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    port = clickHouse.server().httpPort();
    other = new CuttingProxy(clickHouse.server().host(), port);
  }

  @BeforeEach
  void untilAStatementRuns() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 200));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
  }

  @AfterEach
  void closeProxy() {
    other.close();
  }

  @Test
  void anotherClickHouseHoldsTheRunUntilItIsPointedBack() {
    String servers = installation.status("m").orElseThrow().servers();
    installation.instance(other.port());
    awaitReason("m", "InstanceChanged");
    awaitEvent("m", "InstanceChanged");
    assertThat(installation.condition("m", "Reconciling").message()).contains(servers);
    assertThat(installation.replicas()).isEqualTo(5);

    installation.instance(port);

    completes();
  }

  @Test
  void anotherPostgresHoldsTheRunUntilItIsPointedBack() {
    try (SharedPostgres.Fresh elsewhere = installation.postgres().another()) {
      elsewhere.open();
      installation.instance(port, installation.clickHouse().name(), elsewhere.name());
      awaitReason("m", "InstanceChanged");
      assertThat(installation.replicas()).isEqualTo(5); // nothing is lost, so nothing is put back

      installation.instance(port);

      completes();
    }
  }

  @Test
  void aNodeThatIsAddedDoesNotDisturbTheRun() {
    String token = leaseTokens();

    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"clickhouse\":{\"nodes\":[{\"host\":\"127.0.0.1\",\"httpPort\":%d},{\"host\":\"127.0.0.1\",\"httpPort\":%d,\"replica\":2}]}}}"
            .formatted(port, other.port()));

    completes();
    assertThat(leaseTokens()).isEqualTo(token);
  }

  private String leaseTokens() {
    return installation.postgres().value("SELECT count(*) FROM async_migrations.lease");
  }

  private void completes() {
    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("200");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }
}
