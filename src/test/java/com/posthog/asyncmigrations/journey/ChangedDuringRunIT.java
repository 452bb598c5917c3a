package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.IntentStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What people change around a run does not disturb the statement that runs. */
class ChangedDuringRunIT extends Operated {
  /** Longer than the operator trusts a Secret that it has read, and than a lease lasts. */
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(40);

  ChangedDuringRunIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void theSizeOfTheWorker() {
    runs(500);
    String token = leaseToken();
    Set<String> tokens = ConcurrentHashMap.newKeySet();
    Set<String> reasons = ConcurrentHashMap.newKeySet();

    installation.kubectl(
        "patch",
        "phi",
        "posthog",
        "--type=merge",
        "-p",
        "{\"spec\":{\"worker\":{\"replicas\":4}}}");
    await()
        .atMost(later())
        .until(
            () -> {
              String reason = installation.condition("m", "Reconciling").reason();
              intent().map(i -> Long.toString(i.token())).ifPresent(tokens::add);
              boolean runs = installation.runs("INSERT INTO t");
              if (runs) {
                reasons.add(reason);
              }
              return !runs;
            });

    assertThat(reasons).isSubsetOf("Running", "SpecChangedDuringRun");
    assertThat(tokens).containsExactly(token);
    assertThat(leaseToken()).isEqualTo(token);
    completesWith(500);
  }

  @Test
  void aPasswordThatIsWrongForAWhile() {
    runs(900);
    Set<String> reasons = ConcurrentHashMap.newKeySet();
    Set<String> phases = ConcurrentHashMap.newKeySet();

    installation.secrets(Secrets.WRONG, SharedPostgres.PASSWORD);
    await()
        .during(LONG_ENOUGH)
        .atMost(LONG_ENOUGH.multipliedBy(2))
        .until(
            () -> {
              reasons.add(installation.condition("m", "Reconciling").reason());
              phases.add(installation.phase("m"));
              return installation.runs("INSERT INTO t");
            });
    installation.secrets(installation.clickHouse().user().password(), SharedPostgres.PASSWORD);

    assertThat(phases).containsExactly("Running");
    assertThat(reasons).isSubsetOf("Running", "CredentialsRejected");
    completesWith(900);
  }

  private void runs(int rows) {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", rows));
    await().atMost(later()).until(() -> installation.runs("INSERT INTO t"));
  }

  private void completesWith(int rows) {
    await().atMost(later()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(installation.clickHouse().run("SELECT count() FROM t"))
        .isEqualTo(Integer.toString(rows));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    Secrets.areNotTold(installation, log());
  }

  /** It grows whenever the lease is taken, also by the one who held it before. */
  private String leaseToken() {
    return installation.postgres().value("SELECT token FROM async_migrations.lease");
  }

  private Optional<IntentStatus> intent() {
    return installation.status("m").map(AsyncMigrationStatus::intent);
  }

  private static Duration later() {
    return Duration.ofMinutes(3);
  }
}
