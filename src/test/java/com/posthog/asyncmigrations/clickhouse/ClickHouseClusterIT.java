package com.posthog.asyncmigrations.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.ServerAddress;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedClickHouse.class)
class ClickHouseClusterIT {
  private final TestDatabase database;
  private final ClickHouseCluster cluster;
  private String address = "";

  ClickHouseClusterIT(TestDatabase database) {
    this.database = database;
    cluster = Clusters.of(database);
  }

  @BeforeEach
  void prepare() {
    address = cluster.nodes().get(0).ref().address();
    database.run(
        "CREATE OR REPLACE TABLE numbers (n UInt64, s String) ENGINE = MergeTree ORDER BY n");
  }

  @AfterEach
  void disconnect() {
    cluster.close();
  }

  @Test
  void runsWithSettingsAndParametersUnderItsId() throws AnswerLost {
    String awkward = "tab\t, quote ', back\\slash, line\n, {x:String}";

    Answer answer =
        cluster.run(
            address,
            "INSERT INTO numbers SELECT number, {s:String} FROM numbers({n:UInt64})",
            "cluster-it-insert",
            Map.of("max_block_size", "7", "log_queries", "0"),
            Map.of("n", "100", "s", awkward));

    assertThat(answer.writtenRows()).isEqualTo(100);
    assertThat(answer.readRows()).isEqualTo(100);
    assertThat(cluster.ask(address, "SELECT DISTINCT s FROM numbers", Map.of()))
        .containsExactly(List.of(awkward));
    database.run("SYSTEM FLUSH LOGS");
    assertThat(
            database.run(
                "SELECT Settings['max_block_size'], written_rows, current_database"
                    + " FROM system.query_log"
                    + " WHERE query_id = 'cluster-it-insert' AND type = 'QueryFinish'"))
        .isEqualTo("7\t100\t" + database.name());
  }

  @Test
  void readsRowsAsText() throws AnswerLost {
    Answer answer =
        cluster.read(
            address,
            "SELECT * FROM (SELECT 1 AS n, 'a\\tb', NULL UNION ALL SELECT 2, '', 'x') ORDER BY n",
            "cluster-it-read",
            Map.of(),
            Map.of());

    assertThat(answer.rows()).containsExactly(List.of("1", "a\tb", "NULL"), List.of("2", "", "x"));
  }

  @Test
  void questionsLeaveNoTrace() {
    cluster.ask(address, "SELECT 'a question without a trace'", Map.of());
    database.run("SYSTEM FLUSH LOGS");

    assertThat(
            database.run(
                "SELECT count() FROM system.query_log WHERE query LIKE 'SELECT %without a trace%'"
                    + " AND query NOT LIKE '%query_log%'"))
        .isEqualTo("0");
  }

  @Test
  void aNodeKnowsItsServer() {
    ClickHouseNode first = cluster.nodes().get(0);
    ClickHouseNode again = cluster.refresh().get(0);

    assertThat(first.version()).startsWith("26.");
    assertThat(first.ref().target()).isEqualTo("s1r1");
    assertThat(first.ref().address()).isEqualTo("127.0.0.1:" + database.server().httpPort());
    assertThat(again.identity()).isEqualTo(first.identity());
    assertThat(ClickHouseNode.sameBoot(again.boot(), first.boot())).isTrue();
    assertThat(again.seen()).isAfter(first.seen());
    assertThat(Duration.between(again.seen(), Instant.now()).abs())
        .isLessThan(Duration.ofSeconds(10));
    assertThat(cluster.nodes().get(0)).isEqualTo(again);
  }

  @Test
  void aServersErrorIsAProblemWithCodeAndName() {
    assertThat(failureOf("SELECT * FROM no_such_table"))
        .satisfies(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.StatementFailed);
              assertThat(problem.message())
                  .contains(": code 60 (UNKNOWN_TABLE): ")
                  .contains("no_such_table")
                  .doesNotContain("version", "queryId");
            });
    assertThat(failureOf("SELECT throwIf(1, repeat('long ', 1000))").message())
        .contains(": code 395 ")
        .hasSizeLessThanOrEqualTo(600);
  }

  @Test
  void aStatementThatTookTooLongHasTimedOut() {
    ProblemException failure =
        catchThrowableOfType(
            ProblemException.class,
            () ->
                cluster.run(
                    address,
                    "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1",
                    "cluster-it-timeout",
                    Map.of("max_execution_time", "1"),
                    Map.of()));

    assertThat(failure.problem().reason()).isEqualTo(Reason.StatementTimedOut);
  }

  /** Its profile takes what was read in time for the answer. */
  @Test
  void aPartOfAnAnswerIsNone() {
    TestDatabase hasty =
        new TestDatabase(database.server(), new Credentials("hasty", ""), database.name());
    String slow = "SELECT sum(1 + sleepEachRow(0.3)) FROM numbers(10) SETTINGS max_block_size = 1";
    assertThat(hasty.run(slow + ", max_execution_time = 1")).isNotEqualTo("10");
    try (ClickHouseCluster theirs = Clusters.of(hasty)) {
      List<ThrowingCallable> ways =
          List.of(
              () -> theirs.askReadOnly(address, slow, Map.of(), Duration.ofSeconds(1)),
              () -> theirs.run(address, slow, "part", Map.of("max_execution_time", "1"), Map.of()));

      assertThat(ways)
          .allSatisfy(
              way ->
                  assertThat(catchThrowableOfType(ProblemException.class, way).problem().reason())
                      .isEqualTo(Reason.StatementTimedOut));
    }
  }

  @Test
  void refusalsHaveReasonsOfTheirOwnAndTellNoSecret() {
    String right = database.user().password();
    String wrong = "s3cret-but-wrong";

    assertThat(refusal(database.name(), new Credentials("posthog", wrong)))
        .satisfies(problem -> assertThat(problem.reason()).isEqualTo(Reason.CredentialsRejected))
        .satisfies(problem -> assertThat(problem.message()).doesNotContain(wrong));
    assertThat(refusal(database.name(), new Credentials("nobody", right)))
        .satisfies(problem -> assertThat(problem.reason()).isEqualTo(Reason.CredentialsRejected))
        .satisfies(problem -> assertThat(problem.message()).doesNotContain(right));
    assertThat(refusal("no_such_database", database.user()).reason())
        .isEqualTo(Reason.DatabaseMissing);
    assertThat(refusal("system", new Credentials("guest", "")).reason())
        .isEqualTo(Reason.DatabaseRefused);
  }

  @Test
  void aServerThatIsNotThereIsUnreachable() {
    int nobodyListens = ServerAddress.free().httpPort();
    try (ClickHouseCluster absent = Clusters.through(nobodyListens, database)) {
      ProblemException failure = catchThrowableOfType(ProblemException.class, absent::nodes);
      assertThat(failure.problem().reason()).isEqualTo(Reason.DatabaseUnreachable);
      assertThat(failure.problem().message())
          .isEqualTo("ClickHouse at 127.0.0.1:" + nobodyListens + " refused the connection");

      AnswerLost lost =
          catchThrowableOfType(
              AnswerLost.class,
              () ->
                  absent.run("127.0.0.1:" + nobodyListens, "SELECT 1", "lost", Map.of(), Map.of()));
      assertThat(lost).hasMessageContaining("refused the connection");
    }
  }

  @Test
  void aClusterThatIsNotListedIsNamed() {
    ClickHouseEntry entry = Clusters.entry(database.server().httpPort(), "system", database.user());
    try (ClickHouseCluster unlisted =
        new ClickHouseCluster(
            new ClickHouseEntry(
                entry.host(),
                entry.httpPort(),
                false,
                "system",
                Optional.of("no_such_cluster"),
                List.of(),
                entry.credentials()))) {
      assertThat(catchThrowableOfType(ProblemException.class, unlisted::nodes))
          .hasMessageContaining("no_such_cluster");
    }
  }

  /** As ClickHouse before 23 is. */
  @Test
  void aServerThatDoesNotKnowASettingIsAskedWithoutIt() {
    try (CuttingProxy old =
            new CuttingProxy(database.server().host(), database.server().httpPort());
        ClickHouseCluster through = Clusters.through(old.port(), database)) {
      String there = through.nodes().get(0).ref().address();
      String answer =
          "Code: 115. DB::Exception: Unknown setting 'max_rows_to_read_leaf': Maybe you meant"
              + " ['max_rows_to_read']. (UNKNOWN_SETTING)";
      old.replaceAnswers(
          request -> request.contains("max_rows_to_read_leaf="),
          "HTTP/1.1 404 Not Found\r\nX-ClickHouse-Exception-Code: 115\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(answer.length(), answer));

      assertThat(through.ask(there, "SELECT 2", Map.of())).isEqualTo(List.of(List.of("2")));

      assertThat(through.allRows(there))
          .doesNotContainKey("max_rows_to_read_leaf")
          .containsEntry("max_rows_to_read", "0");
      assertThat(cluster.allRows(address)).containsEntry("max_rows_to_read_leaf", "0");
    }
  }

  private Problem failureOf(String sql) {
    return catchThrowableOfType(ProblemException.class, () -> cluster.ask(address, sql, Map.of()))
        .problem();
  }

  private Problem refusal(String name, Credentials user) {
    ClickHouseEntry entry = Clusters.entry(database.server().httpPort(), name, user);
    try (ClickHouseCluster refused = new ClickHouseCluster(entry)) {
      return catchThrowableOfType(
              ProblemException.class,
              () ->
                  refused.ask(
                      address, "CREATE TABLE forbidden (n UInt8) ENGINE = Memory", Map.of()))
          .problem();
    }
  }
}
