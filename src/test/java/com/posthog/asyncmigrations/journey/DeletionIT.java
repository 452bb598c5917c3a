package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import com.posthog.asyncmigrations.posthog.PostHogDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A resource is deleted (contracts, 10). */
class DeletionIT extends Operated {
  private static final String RESTORE =
      """
      desiredState: Completed
      restoreAlways:
        - database: ClickHouse
          statements:
            - sql: CREATE TABLE IF NOT EXISTS restored (n UInt64) ENGINE Memory
      """;

  private static final String WHILE_RUNNING =
      "desiredState: Completed\nposthogTables: WhileRunning\n";

  DeletionIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
  }

  @Test
  void theRunIsEndedFirst() {
    installation.define(
        "m", RESTORE, Operations.create("t") + Operations.fill("t", 3000) + Operations.create("u"));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    assertThat(finalizers()).containsExactly("migrations.posthog.com/run");

    installation.deleteMigration("m");
    awaitGone();

    assertThat(installation.runs("INSERT INTO t")).isFalse();
    assertThat(installation.clickHouse().run("EXISTS TABLE restored")).isEqualTo("1");
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("1"); // not rolled back
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    installation.migrate("other", Operations.create("other"));
    awaitPhase("other", "CompletedSuccessfully"); // the lease was given back
  }

  @Test
  void whatPostHogWasToldIsTakenBackFirst() {
    PostHogDatabase postHog = PostHogDatabase.create(installation.postgres());
    installation.define("m", WHILE_RUNNING, Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    until("PostHog is told", () -> postHog.status("0100_m").equals("5"));

    installation.deleteMigration("m");
    awaitGone();

    assertThat(postHog.status("0100_m")).isEqualTo("3");
    assertThat(postHog.errors("0100_m")).contains("deleted");
  }

  @Test
  @OwnOperator
  void aRowOfPostHogsThatCannotBeWrittenYetIsWaitedFor() {
    PostHogDatabase postHog = PostHogDatabase.create(installation.postgres());
    installation.define("m", WHILE_RUNNING, Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    until("PostHog is told", () -> postHog.status("0100_m").equals("5"));

    try (PostHogDatabase.Lock lock = postHog.lock()) {
      installation.deleteMigration("m");
      awaitPhase("m", "Errored");
      until("it was tried", () -> held(operator().log()));
      assertThat(lock).isNotNull();
      assertThat(finalizers()).isNotEmpty();
      assertThat(postHog.status("0100_m")).isEqualTo("5");
    }

    awaitGone();
    assertThat(postHog.status("0100_m")).isEqualTo("3");
  }

  @Test
  void whatIsAppliedAnewGoesOnFromTheLedger() {
    String operations = Operations.create("t") + Operations.fill("t", 20) + Operations.create("u");
    installation.migrate("m", operations);
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    installation.wish("m", "Paused");
    awaitPhase("m", "Paused");
    installation.deleteMigration("m");
    awaitGone();

    installation.migrate("m", operations);
    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").message()).contains("was deleted");
    installation.retry("m", 1);

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.started("m", "INSERT INTO t")).isEqualTo(1);
  }

  @Test
  void aRollbackIsEndedToo() {
    installation.clickHouse().run("CREATE TABLE undone (n UInt64) ENGINE MergeTree ORDER BY n");
    installation.migrate(
        "m", Operations.create("t") + Operations.slowToUndo("t", 3000) + Operations.fail());
    until("the rollback runs", () -> installation.runs("INSERT INTO undone"));

    installation.deleteMigration("m");

    awaitGone();
    assertThat(installation.runs("INSERT INTO undone")).isFalse();
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  @Test
  @OwnOperator
  void whatHasNoRunGoesAtOnce() {
    installation.migrate("done", Operations.create("t"));
    installation.define("waits", "desiredState: Idle", Operations.create("u"));
    awaitPhase("done", "CompletedSuccessfully");
    awaitReason("waits", "WaitingForStart");
    for (String name : List.of("done", "waits")) {
      until(
          name + " has no finalizer",
          () -> installation.migration(name).getMetadata().getFinalizers().isEmpty());
    }
    operator().kill();

    installation.deleteMigration("done");
    installation.deleteMigration("waits");

    assertThat(installation.migration("done")).isNull();
    assertThat(installation.migration("waits")).isNull();
  }

  @Test
  @OwnOperator
  void whatCannotBeEndedIsLeftWhenAPersonSaysSo() {
    PostHogDatabase postHog = PostHogDatabase.create(installation.postgres());
    installation.define("m", WHILE_RUNNING, Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    until("PostHog is told", () -> postHog.status("0100_m").equals("5"));
    operator().kill();
    installation.instance(1); // nobody listens there
    startSuccessor();
    awaitReason("m", "DatabaseUnreachable");
    installation.deleteMigration("m");
    awaitReason("m", "DatabaseUnreachable");
    assertThat(installation.migration("m")).isNotNull();

    installation.kubectl(
        "annotate", "asyncmig", "m", "migrations.posthog.com/abandon=true", "--overwrite");

    awaitGone();
    awaitEvent("m", "DeletionAbandoned");
    assertThat(
            installation.events().stream()
                .filter(e -> e.getReason().equals("DeletionAbandoned"))
                .findFirst()
                .orElseThrow()
                .getMessage())
        .contains("-f1-0-s1r1-1", "may still run", "posthog-worker");
    assertThat(installation.replicas()).isEqualTo(5);
    assertThat(postHog.status("0100_m")).isEqualTo("3");
    killWhatWasLeft();
  }

  @Test
  void aNamespaceThatIsDeletedDoesNotHang() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));

    installation.deleteEverything();

    until("the migration is gone", () -> installation.migration("m") == null);
    assertThat(installation.runs("INSERT INTO t")).isFalse();
  }

  @Test
  @OwnOperator
  void norDoesOneWhoseOperatorHasNeverSeenItsSecrets() {
    installation.migrate("m", Operations.create("t") + Operations.fill("t", 3000));
    until("the statement runs", () -> installation.runs("INSERT INTO t"));
    operator().kill();
    installation.deleteEverything();
    assertThat(installation.migration("m")).isNotNull();

    operator().close();
    succeed(installation.startOperatorElsewhere());

    until("the migration is gone", () -> installation.migration("m") == null);
    killWhatWasLeft();
  }

  private void killWhatWasLeft() {
    installation
        .clickHouse()
        .run(
            "KILL QUERY WHERE query LIKE 'INSERT INTO t%%' AND current_database = '%s' SYNC"
                .formatted(installation.clickHouse().name()));
  }

  private static boolean held(List<String> log) {
    return log.stream()
        .anyMatch(line -> line.contains("posthog_asyncmigration still has status 5"));
  }

  private List<String> finalizers() {
    return installation.migration("m").getMetadata().getFinalizers();
  }

  private void awaitGone() {
    until("the resource is gone", () -> installation.migration("m") == null);
  }
}
