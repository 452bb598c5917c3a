package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.OwnOperator;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import com.posthog.asyncmigrations.posthog.PostHogDatabase;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What PostHog's own tests ask of its async migrations, asked of the operator, with the same
 * migration of seven operations. What PostHog's side effects count are rows here.
 */
class PostHogScenariosIT extends Operated {
  private static final String NAME = "0100_m";
  private static final String SIDE_EFFECT = "INSERT INTO effects VALUES ('forward')";
  private static final String FAILS = "SELECT 1 / 0";
  private static final String WAIT = "sql: SELECT pg_sleep(1)";

  private final PostHogDatabase postHog;

  PostHogScenariosIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    postHog = PostHogDatabase.create(installation.postgres());
  }

  @BeforeEach
  void createTheCounter() {
    installation
        .postgres()
        .asSuperuser("CREATE TABLE effects (direction text)", "GRANT ALL ON effects TO posthog");
  }

  @Test
  void runner1AFullRun() {
    installation.migrate("m", sevenOperations(SIDE_EFFECT, WAIT));

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.postgres().value("SELECT key || value FROM migrated")).isEqualTo("ac");
    AsyncMigrationStatus status = installation.status("m").orElseThrow();
    assertThat(status.progress()).isEqualTo(100);
    assertThat(status.errors()).isNullOrEmpty();
    assertThat(effects("forward")).isEqualTo("3");
    assertThat(effects("backward")).isEqualTo("0");
    until("PostHog is told", () -> postHog.status(NAME).equals("2"));
    assertThat(postHog.value("progress || '/' || current_operation_index", NAME))
        .isEqualTo("100/7");
    assertThat(postHog.value("current_query_id", NAME))
        .isEqualTo(installation.queryPrefix("m") + "-1");
    assertThat(postHog.value("finished_at > now() - interval '1 day'", NAME)).isEqualTo("t");
    assertThat(postHog.errors(NAME)).isEmpty();
  }

  @Test
  void runner2ARollbackAfterCompletion() {
    installation.migrate("m", sevenOperations(SIDE_EFFECT, WAIT));
    awaitPhase("m", "CompletedSuccessfully");

    installation.wish("m", "RolledBack");

    awaitPhase("m", "RolledBack");
    assertThat(tableIsThere()).isEqualTo("f");
    assertThat(installation.status("m").orElseThrow().progress()).isZero();
    assertThat(effects("backward")).isEqualTo("3");
    until("PostHog is told", () -> postHog.status(NAME).equals("4"));
  }

  @Test
  void runner3AFailingRollbackAndUtilsTwoErrorsInTheirOrder() {
    installation.migrate(
        "m",
        operation("first", SIDE_EFFECT, "INSERT INTO effects VALUES ('backward')")
            + operation("second", SIDE_EFFECT, "SELECT 2 / 0")
            + operation("third", FAILS, "INSERT INTO effects VALUES ('backward')"));

    awaitPhase("m", "Errored");
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("RollbackFailed");
    assertThat(installation.status("m").orElseThrow().currentOperationIndex()).isEqualTo(1);
    assertThat(effects("backward")).isEqualTo("1");
    until("PostHog is told", () -> postHog.status(NAME).equals("3"));
    assertThat(postHog.value("current_operation_index", NAME)).isEqualTo("1");
    assertThat(postHog.errors(NAME).lines()).hasSize(2);
    assertThat(postHog.errors(NAME).lines().toList().get(0)).contains("operation third");
    assertThat(postHog.errors(NAME).lines().toList().get(1)).contains("operation second");
    assertThat(postHog.value("finished_at > now() - interval '1 hour'", NAME)).isEqualTo("t");
  }

  @Test
  void runner4ProgressStepByStep() {
    Set<String> seen = new TreeSet<>();
    installation.migrate("m", sevenOperations(SIDE_EFFECT, "sql: SELECT pg_sleep(4)"));

    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofMinutes(3))
        .until(
            () -> {
              AsyncMigrationStatus status = installation.status("m").orElse(null);
              if (status != null && "Running".equals(status.phase())) {
                seen.add(status.currentOperationIndex() + "/" + status.progress());
              }
              return status != null && "CompletedSuccessfully".equals(status.phase());
            });

    // 99: all is done but the worker is not restored
    assertThat(seen)
        .contains("3/42")
        .isSubsetOf("0/0", "1/14", "2/28", "3/42", "4/57", "5/71", "6/85", "6/99");
  }

  @Test
  void runner5ARollbackOfAnIncompleteRunBeginsWithTheCurrentOperation() {
    installation.migrate("m", sevenOperations(FAILS, WAIT));

    awaitPhase("m", "RolledBack");
    assertThat(tableIsThere()).isEqualTo("f");
    assertThat(effects("forward")).isEqualTo("1");
    assertThat(effects("backward")).isEqualTo("2");
    assertThat(installation.status("m").orElseThrow().errors().get(0).operation())
        .isEqualTo("effect-2");
  }

  @Test
  void runner6ARowWithoutAResourceIsLeftToPostHog() {
    postHog.knows("0200_nobody", 0);

    installation.migrate("m", Operations.postgres("one", "SELECT 1"));

    until("PostHog is told", () -> postHog.status(NAME).equals("2"));
    assertThat(postHog.status("0200_nobody")).isEqualTo("0");
  }

  @Test
  void utilsASettingOfAStatementReachesClickHouse() {
    installation.migrate(
        "m",
        """
        - name: create
          timeout: 10s
          sql:
            database: ClickHouse
            settings: [{name: max_execution_time, value: "10"}]
            statements: [{sql: CREATE TABLE t (n UInt64) ENGINE Memory}]
          rollback: {notNeeded: true}
        """);

    awaitPhase("m", "CompletedSuccessfully");
    installation.clickHouse().run("SYSTEM FLUSH LOGS");
    assertThat(
            installation
                .clickHouse()
                .run(
                    """
                    SELECT Settings['max_execution_time'] FROM system.query_log
                    WHERE type = 'QueryFinish' AND startsWith(query_id, '%s-')
                    """
                        .formatted(installation.queryPrefix("m"))))
        .isEqualTo("10");
  }

  @Test
  void setUpWhatIsNotNeededBecauseItsTableIsMissingIsComplete() {
    installation.define(
        "m",
        """
        requiredWhen:
          database: ClickHouse
          sql: SELECT count() > 0 FROM system.tables WHERE database = currentDatabase() AND name = 'old'
        """,
        Operations.create("t"));

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.condition("m", "Ready").reason()).isEqualTo("NotRequired");
    until("PostHog is told", () -> postHog.status(NAME).equals("2"));
    assertThat(postHog.value("current_operation_index", NAME)).isEqualTo("0");
  }

  @Test
  @OwnOperator
  void supervisorALostWorkerGoesOnFromItsOperation() {
    untilTheFourthOperationRuns("");
    operator().kill();

    startSuccessor();

    awaitPhase("m", "CompletedSuccessfully");
    assertThat(installation.status("m").orElseThrow().progress()).isEqualTo(100);
    assertThat(effects("forward")).isEqualTo("3");
    until("PostHog is told", () -> postHog.status(NAME).equals("2"));
    assertThat(postHog.value("progress || '/' || current_operation_index", NAME))
        .isEqualTo("100/7");
  }

  @Test
  @OwnOperator
  void supervisorALostOutcomeIsRolledBackWhereNothingContinuesByItself() {
    installation.settings("{\"autoContinue\":false}");
    untilTheFourthOperationRuns("\n        transactional: false\n        onUnknown: Repeat");
    operator().kill();
    installation
        .postgres()
        .value(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE query LIKE '%pg_sleep%' AND datname = current_database()
              AND pid <> pg_backend_pid()
            """);

    startSuccessor();

    awaitPhase("m", "RolledBack");
    assertThat(installation.status("m").orElseThrow().errors().get(0).reason())
        .isEqualTo("AutoContinueOff");
    assertThat(tableIsThere()).isEqualTo("f");
    assertThat(effects("forward") + effects("backward")).isEqualTo("11");
  }

  private void untilTheFourthOperationRuns(String how) {
    installation.migrate("m", sevenOperations(SIDE_EFFECT, "sql: SELECT pg_sleep(15)" + how));
    until("the fourth operation runs", () -> installation.runsOnPostgres("pg_sleep"));
    until(
        "that is seen", () -> installation.status("m").orElseThrow().currentOperationIndex() == 3);
  }

  private String effects(String direction) {
    return installation
        .postgres()
        .value("SELECT count(*) FROM effects WHERE direction = '%s'".formatted(direction));
  }

  private String tableIsThere() {
    return installation.postgres().value("SELECT to_regclass('migrated') IS NOT NULL");
  }

  /** PostHog's test migration, with this side effect in the middle. */
  private static String sevenOperations(String fifth, String wait) {
    String back = "INSERT INTO effects VALUES ('backward')";
    return operation(
            "create", "CREATE TABLE migrated (key text, value text)", "DROP TABLE migrated")
        + operation("effect-1", SIDE_EFFECT, back)
        + operation("insert", "INSERT INTO migrated VALUES ('a', 'b')", "TRUNCATE migrated")
        + """
        - name: wait
          sql:
            database: PostgreSQL
            statements:
              - %s
          rollback: {notNeeded: true}
        """
            .formatted(wait)
        + operation("effect-2", fifth, back)
        + operation(
            "update",
            "UPDATE migrated SET value = 'c' WHERE key = 'a'",
            "UPDATE migrated SET value = 'b' WHERE key = 'a'")
        + operation("effect-3", SIDE_EFFECT, back);
  }

  private static String operation(String name, String sql, String rollback) {
    return """
        - name: %s
          sql:
            database: PostgreSQL
            statements: [{sql: "%s"}]
          rollback:
            sql:
              database: PostgreSQL
              statements: [{sql: "%s"}]
        """
        .formatted(name, sql, rollback);
  }
}
