package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import com.posthog.asyncmigrations.posthog.PostHogDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How a run ends is what PostHog's own page says of it, and what PostHog does itself counts. */
class PostHogTablesIT extends Operated {
  private static final String DONE = "CompletedSuccessfully";
  private static final String NAME = "0100_m";

  private final PostHogDatabase postHog;

  PostHogTablesIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    postHog = PostHogDatabase.create(installation.postgres());
  }

  @Test
  void whatPostHogHasCompletedIsAdopted() {
    postHog.knows(NAME, 2);

    installation.migrate("m", Operations.create("t"));

    await().atMost(soon()).until(() -> DONE.equals(installation.phase("m")));
    assertThat(installation.condition("m", "Ready").reason()).isEqualTo("Adopted");
    await().atMost(soon()).until(() -> installation.eventReasons("m").contains("Adopted"));
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
    assertThat(installation.status("m").orElseThrow().runId()).isNull();
    installation.wish("m", "RolledBack");
    await()
        .atMost(soon())
        .until(() -> "NothingToRollBack".equals(installation.condition("m", "Stalled").reason()));
    assertThat(postHog.status(NAME)).isEqualTo("2");
  }

  @Test
  void aCompletedRunIsWrittenAfterTheWorkersAreRestored() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 50));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));
    assertThat(postHog.status(NAME)).isEqualTo("no row");

    await().atMost(soon()).until(() -> postHog.status(NAME).equals("2"));

    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(postHog.value("progress", NAME)).isEqualTo("100");
    assertThat(postHog.value("current_operation_index", NAME)).isEqualTo("2");
    assertThat(postHog.value("finished_at >= started_at", NAME)).isEqualTo("t");
    assertThat(installation.queryPrefix("m") + "-1")
        .isEqualTo(postHog.value("current_query_id", NAME));

    installation.wish("m", "RolledBack");
    await().atMost(soon()).until(() -> postHog.status(NAME).equals("4"));
    assertThat(postHog.value("progress || '/' || current_operation_index", NAME)).isEqualTo("0/0");
  }

  @Test
  void anErrorAndWhatBecameOfItAreWritten() {
    postHog.knows(NAME, 0);

    installation.migrate("m", Operations.create("t") + Operations.fail());

    await().atMost(soon()).until(() -> postHog.status(NAME).equals("4"));
    assertThat(postHog.errors(NAME).lines()).hasSize(1);
    assertThat(postHog.errors(NAME))
        .startsWith("StatementFailed: operation fail: ")
        .contains("as the test wants it");
    assertThat(postHog.value("description", NAME)).isEqualTo("PostHog's own words");
  }

  @Test
  void aStopIsAnErrorOfPostHogs() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    installation.wish("m", "Stopped");

    await().atMost(soon()).until(() -> postHog.status(NAME).equals("3"));
    assertThat(postHog.errors(NAME)).startsWith("Stopped: ");
    assertThat(postHog.value("current_operation_index", NAME)).isEqualTo("1");
  }

  @Test
  void aRefusalAtStartupIsWritten() {
    installation.migrate("m", Operations.postgres("one", "INSERT INTO t VALUES ({who:text})"));

    await().atMost(soon()).until(() -> postHog.status(NAME).equals("6"));
    assertThat(postHog.errors(NAME)).startsWith("InvalidPlan: ").contains("{who}");
    assertThat(postHog.value("finished_at IS NOT NULL AND started_at IS NULL", NAME))
        .isEqualTo("t");

    installation.migrate("m", Operations.postgres("one", "CREATE TABLE t (n int)"));
    await().atMost(soon()).until(() -> postHog.status(NAME).equals("2"));
  }

  @Test
  @OwnOperator
  void onItsWayARunIsStartingAndNotTakenForPostHogsOwn() {
    apply("WhileRunning", Operations.create("t") + Operations.fill("t", 150));

    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));
    await().atMost(soon()).until(() -> postHog.value("current_query_id", NAME).contains("-f1-0-"));
    assertThat(postHog.status(NAME)).isEqualTo("5");
    assertThat(postHog.value("current_operation_index", NAME)).isEqualTo("1");
    assertThat(postHog.value("celery_task_id", NAME)).isEmpty();
    assertThat(installation.replicas()).isEqualTo(5);
    operator().kill();
    startSuccessor();

    await().atMost(later()).until(() -> postHog.status(NAME).equals("2"));
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
    assertThat(postHog.value("progress", NAME)).isEqualTo("100");
  }

  @Test
  void whatPostHogStartsHoldsItBetweenTwoOperations() {
    postHog.knows(NAME, 0);
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 30) + next());
    await().atMost(soon()).until(() -> installation.runs("INSERT INTO t"));

    postHog.sets(NAME, 1, "a task");

    await()
        .atMost(soon())
        .until(() -> "TakenByPostHog".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.clickHouse().run("SELECT count() FROM t")).isEqualTo("30");
    assertThat(installation.clickHouse().run("EXISTS TABLE next")).isEqualTo("0");
    assertThat(postHog.status(NAME)).isEqualTo("1");

    postHog.sets(NAME, 3, "");

    await().atMost(later()).until(() -> postHog.status(NAME).equals("2"));
    assertThat(installation.clickHouse().run("EXISTS TABLE next")).isEqualTo("1");
  }

  @Test
  void whatPostHogRunsIsNotStartedAndCanBeLetGo() {
    postHog.knows(NAME, 5);
    installation.migrate("m", Operations.create("t"));

    await()
        .atMost(soon())
        .until(() -> "TakenByPostHog".equals(installation.condition("m", "Reconciling").reason()));
    assertThat(installation.phase("m")).isEqualTo("NotStarted");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    postHog.sets(NAME, 2, "");

    await()
        .atMost(later())
        .until(() -> "Adopted".equals(installation.condition("m", "Ready").reason()));
  }

  @Test
  @OwnOperator
  void whatCannotBeWrittenIsWrittenLaterAlsoByAnotherOperator() {
    postHog.knows(NAME, 0);
    try (PostHogDatabase.Lock lock = postHog.lock()) {
      installation.migrate("m", Operations.create("t") + Operations.fail());
      await().atMost(soon()).until(() -> "RolledBack".equals(installation.phase("m")));
      await()
          .atMost(soon())
          .until(
              () ->
                  operator().log().stream()
                      .anyMatch(line -> line.contains("posthog_asyncmigration was not written")));
      operator().kill();
      assertThat(lock).isNotNull();
    }
    assertThat(postHog.status(NAME)).isEqualTo("0");

    startSuccessor();

    await().atMost(soon()).until(() -> postHog.status(NAME).equals("4"));
    assertThat(postHog.errors(NAME).lines()).hasSize(1);
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("RolledBack");
  }

  @Test
  void whereItIsSwitchedOffTheTablesAreNotEvenRead() {
    postHog.knows(NAME, 1);

    apply("Off", Operations.create("t"));

    await().atMost(soon()).until(() -> DONE.equals(installation.phase("m")));
    assertThat(postHog.status(NAME)).isEqualTo("1");
  }

  @Test
  @OwnOperator
  void whereThereIsNoPostHogNothingIsMade() {
    installation
        .postgres()
        .asSuperuser("DROP TABLE posthog_asyncmigrationerror, posthog_asyncmigration");

    installation.migrate("m", Operations.create("t"));

    await().atMost(soon()).until(() -> DONE.equals(installation.phase("m")));
    assertThat(
            installation.postgres().value("SELECT to_regclass('posthog_asyncmigration') IS NULL"))
        .isEqualTo("t");
    assertThat(operator().log()).noneMatch(line -> line.contains("posthog_asyncmigration was not"));
  }

  private static String next() {
    return Operations.create("next");
  }

  private void apply(String posthogTables, String operations) {
    installation.apply(
        """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: AsyncMigration
        metadata:
          name: m
        spec:
          instanceRef: {name: posthog}
          migration: %s
          desiredState: Completed
          posthogTables: %s
          operations:
        """
                .formatted(NAME, posthogTables)
            + operations.indent(4));
  }

  private static Duration soon() {
    return Duration.ofMinutes(3);
  }

  /** A lease to run out, or a wait of up to a minute, and a slow machine. */
  private static Duration later() {
    return Duration.ofMinutes(4);
  }
}
