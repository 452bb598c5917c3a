package com.posthog.asyncmigrations.operation.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Clusters;
import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlanCompiler.Draft;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook;
import com.posthog.asyncmigrations.core.preflight.PlanProblem;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.embedded.SharedClickHouse;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.postgres.PlanReports;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Schema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run would meet, asked of real servers. */
@ExtendWith({SharedClickHouse.class, SharedPostgres.class})
class PreflightIT {
  private static final TableCopy COPY =
      new TableCopy("t", "n", Map.of(), List.of(), true, 20_000, Map.of());

  private static final Draft CREATE =
      draft("create", Kind.SQL, sql("CREATE TABLE n AS t ENGINE MergeTree ORDER BY (v, k)"));

  private static final Draft FILL = draft("fill", Kind.COPY_TABLE, new CopyTable(COPY, false));

  private static final Draft SWAP =
      draft("swap", Kind.EXCHANGE_TABLES, new ExchangeTables(COPY, "before", false));

  private final TestDatabase database;
  private final SharedPostgres.Fresh fresh;
  private final PostgresDatabase postgres;
  private final ClickHouseCluster cluster;

  PreflightIT(TestDatabase database, SharedPostgres.Fresh fresh) {
    this.database = database;
    this.fresh = fresh;
    postgres = fresh.open();
    new Schema(postgres).upgrade();
    cluster = Clusters.of(database);
  }

  @BeforeEach
  void tables() {
    database.dropTables();
    database.run(
        "CREATE TABLE t (k UInt64, v String, INDEX i v TYPE minmax) ENGINE MergeTree ORDER BY k");
    database.run("INSERT INTO t SELECT number, toString(number) FROM numbers(100000)");
    database.run("CREATE TABLE log (k UInt64) ENGINE MergeTree ORDER BY k");
    database.run("CREATE MATERIALIZED VIEW mv TO log AS SELECT k FROM t");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void aTableThatAnOperationBeforeMakes() {
    PlanReport report = look(CREATE, FILL, SWAP);

    assertThat(report.problems()).isEmpty();
    assertThat(report.ready()).isTrue();
    OperationOutlook fill = report.operations().get(1);
    assertThat(fill.moves().orElseThrow().rows()).isEqualTo(100_000);
    assertThat(fill.moves().orElseThrow().chunks()).isGreaterThan(1);
    assertThat(fill.chunks()).hasSize((int) fill.moves().orElseThrow().chunks());
    assertThat(fill.views()).containsExactly(database.name() + ".mv");
    assertThat(fill.notMadeYet())
        .anyMatch(n -> n.equals(database.name() + ".n is made by operation create"))
        .anyMatch(n -> n.startsWith("of n: that it is empty"));
    assertThat(report.operations().get(0).statements())
        .containsExactly("CREATE TABLE n AS t ENGINE MergeTree ORDER BY (v, k)");
    assertThat(report.operations().get(2).statements())
        .hasSize(3)
        .anyMatch(s -> s.startsWith("EXCHANGE TABLES `%s`.`t` AND".formatted(database.name())));
  }

  @Test
  void whatIsMissingWithNobodyToMakeIt() {
    database.run("CREATE TABLE before AS t");
    TableCopy nowhere = new TableCopy("nowhere", "n", Map.of(), List.of(), true, 1, Map.of());

    PlanReport report =
        look(
            FILL,
            SWAP,
            draft("lost", Kind.COPY_TABLE, new CopyTable(nowhere, false)),
            draft("change", Kind.MUTATION, mutation("gone", "DELETE WHERE 1")),
            draft(
                "batch",
                Kind.BATCH_UPDATE,
                batch("nobody", "UPDATE nobody SET x = 1 WHERE {batch}")));

    assertThat(report.problems()).allMatch(p -> p.reason() == Reason.InvalidPlan);
    assertThat(report.problems())
        .extracting(PlanProblem::toString)
        .anyMatch(
            p ->
                p.startsWith("operation fill: ")
                    && p.contains("there is no table")
                    && p.contains(".n on"))
        .anyMatch(
            p ->
                p.startsWith("operation swap: ")
                    && p.contains(".before on")
                    && p.contains("already"))
        .anyMatch(p -> p.startsWith("operation lost: ") && p.contains(".nowhere on"))
        .anyMatch(p -> p.startsWith("operation change: ") && p.contains(".gone on"))
        .anyMatch(
            p -> p.startsWith("operation batch: ") && p.contains("no table nobody on PostgreSQL"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DELETE WHERE v LIKE '%7' | 100000 | 1",
        "DELETE WHERE k = 500000 | 0 | 0",
        "UPDATE v = 'y' WHERE k < 10 | 8192 | 1",
        "MATERIALIZE INDEX i | 100000 | 1",
        "UPDATE v = 'y' WHERE k < 10, DELETE WHERE k = 11 | 100000 | 1",
      })
  void theRowsAndPartsOfAMutation(String command, long rows, long parts) {
    database.run("OPTIMIZE TABLE t FINAL");

    PlanReport report = look(draft("change", Kind.MUTATION, mutation("t", command)));

    assertThat(report.problems()).isEmpty();
    Movement moves = report.operations().get(0).moves().orElseThrow();
    assertThat(moves.rows()).isEqualTo(rows);
    assertThat(moves.partitions()).isEqualTo(parts);
    assertThat(report.operations().get(0).statements())
        .singleElement()
        .satisfies(s -> assertThat(s).startsWith("ALTER TABLE t " + command.substring(0, 6)));
  }

  @Test
  void theRowsOfATableOnPostgres() {
    person();
    database.run("CREATE TABLE copied (id Int64, x Int64) ENGINE MergeTree ORDER BY id");

    PlanReport report =
        look(
            draft(
                "batch",
                Kind.BATCH_UPDATE,
                batch("person", "UPDATE person SET x = 1 WHERE {batch}")),
            draft("copy", Kind.COPY_FROM_POSTGRES, fromPostgres("copied")));

    assertThat(report.problems()).isEmpty();
    for (OperationOutlook operation : report.operations()) {
      assertThat(operation.moves().orElseThrow().rows()).isEqualTo(10_000);
      assertThat(operation.moves().orElseThrow().bytes()).isGreaterThan(100_000);
      assertThat(operation.moves().orElseThrow().chunks()).isEqualTo(10);
    }
  }

  @Test
  void whatIsWrongWithATableOnPostgres() {
    person();
    fresh.asSuperuser("CREATE TABLE secret (id bigint PRIMARY KEY)");
    database.run("CREATE TABLE copied (id Int64) ENGINE Memory");

    PlanReport report =
        look(
            draft(
                "typo",
                Kind.BATCH_UPDATE,
                batch("person", "UPDATE person SET y = 1 WHERE {batch}")),
            draft("secret", Kind.BATCH_UPDATE, batch("secret", "DELETE FROM secret WHERE {batch}")),
            draft("copy", Kind.COPY_FROM_POSTGRES, fromPostgres("copied")));

    assertThat(report.problems())
        .extracting(PlanProblem::toString)
        .anyMatch(p -> p.startsWith("operation typo: StatementFailed") && p.contains("\"y\""))
        .anyMatch(p -> p.startsWith("operation secret: DatabaseRefused"))
        .anyMatch(p -> p.startsWith("operation copy: InvalidPlan") && p.contains("engine Memory"))
        .hasSize(3);
  }

  @Test
  void whatAUserWhoMayOnlyReadLacks() {
    try (ClickHouseCluster reader = as("reader")) {
      Draft change = draft("change", Kind.MUTATION, mutation("t", "UPDATE v = '' WHERE k = 1"));
      PlanReport report = look(reader, CREATE, FILL, SWAP, change);

      assertThat(report.problems()).hasSize(3).allMatch(p -> p.reason() == Reason.DatabaseRefused);
      assertThat(report.problems().get(0).message())
          .contains(
              "GRANT ALTER SETTINGS ON `%s`.`t` TO reader".formatted(database.name()),
              "GRANT ALTER DELETE, ALTER SETTINGS, INSERT ON `%s`.`n` TO reader"
                  .formatted(database.name()),
              "GRANT CREATE TABLE, DROP TABLE, INSERT ON `%s`.n__am_* TO reader"
                  .formatted(database.name()));
      assertThat(report.problems().get(1).message()).contains(".`before` TO reader");
      assertThat(report.problems().get(2).message())
          .contains("GRANT ALTER UPDATE ON `%s`.`t` TO reader".formatted(database.name()));
      assertThat(report.operations().get(1).moves().orElseThrow().rows()).isEqualTo(100_000);
    }
  }

  /** See also {@code CopyPreviewsIT}, where such a user does all that. */
  @Test
  void aUserWhoLacksNothingUntilTheTableHasAProjection() {
    try (ClickHouseCluster mover = as("mover")) {
      assertThat(look(mover, CREATE, FILL, SWAP).problems()).isEmpty();
      database.run("ALTER TABLE t ADD PROJECTION p (SELECT * ORDER BY v)");
      assertThat(look(mover, CREATE, FILL, SWAP).problems().get(0).message())
          .contains("MATERIALIZE PROJECTION ON `%s`.before__swap_*".formatted(database.name()));
    }
  }

  /** Whom the server would not let change anything, and who sees everything all the same. */
  @Test
  void aReadOnlyUserIsEnoughForADryRun() {
    database.run("CREATE TABLE n (k UInt64, v String) ENGINE MergeTree ORDER BY (v, k)");
    PlanReport all = look(FILL, SWAP);
    try (ClickHouseCluster looker = as("looker")) {
      PlanReport report = look(looker, FILL, SWAP);

      assertThat(report.problems())
          .hasSize(2)
          .allMatch(p -> p.reason() == Reason.DatabaseRefused)
          .allMatch(p -> p.message().contains("readonly"));
      assertThat(report.operations().get(0).chunks()).isEqualTo(all.operations().get(0).chunks());
      assertThat(report.operations().get(0).statements())
          .isEqualTo(all.operations().get(0).statements());
    }
  }

  private ClickHouseCluster as(String user) {
    return Clusters.of(
        new TestDatabase(database.server(), new Credentials(user, ""), database.name()));
  }

  /** Also nothing that only metadata would show. */
  @Test
  void nothingIsChangedOnClickHouse() {
    database.run("CREATE TABLE n (k UInt64, v String) ENGINE MergeTree ORDER BY (v, k)");
    String before = everything();

    PlanReport report =
        look(FILL, SWAP, draft("change", Kind.MUTATION, mutation("t", "DELETE WHERE k = 1")));

    assertThat(report.problems()).isEmpty();
    assertThat(everything()).isEqualTo(before);
    database.run("SYSTEM FLUSH LOGS");
    assertThat(
            database.run(
                "SELECT count() FROM system.query_log WHERE position(query_id, 'dry-run') > 0"
                    + " AND current_database = currentDatabase()"))
        .isEqualTo("0");
  }

  private String everything() {
    return database.run(
        "SELECT (SELECT groupArray((name, toString(uuid), create_table_query, metadata_modification_time))"
            + " FROM (SELECT * FROM system.tables WHERE database = currentDatabase() ORDER BY name)),"
            + " (SELECT groupArray((table, name, toString(modification_time)))"
            + " FROM (SELECT * FROM system.parts WHERE active AND database = currentDatabase() ORDER BY table, name)),"
            + " (SELECT count() FROM system.mutations WHERE database = currentDatabase())");
  }

  @Test
  void theCompleteReportIsInPostgres() throws IOException {
    MigrationKey key =
        new MigrationKey("posthog", "0002-events-sample-by", "0002_events_sample_by");
    PlanReport report = look(CREATE, FILL, SWAP);
    PlanReports reports = new PlanReports(postgres);
    reports.write(key, report);
    reports.write(key, report);

    assertThat(fresh.value("SELECT count(*) FROM async_migrations.plan_report")).isEqualTo("1");
    assertThat(fresh.value(documented("AS problem"))).isEqualTo("no row");
    assertThat(fresh.value("SELECT count(*) FROM (%s) q".formatted(documented("AS statement"))))
        .isEqualTo(
            Integer.toString(
                report.operations().stream().mapToInt(o -> o.statements().size()).sum()));
    assertThat(fresh.value("SELECT count(*) FROM (%s) q".formatted(documented("AS condition"))))
        .isEqualTo(Integer.toString(report.operations().get(1).chunks().size()));
  }

  /** Two chunks that took long enough, and one that is too short to tell. */
  @Test
  void copiesThatWereDoneBeforeTellHowFastTheNextOneIs() {
    PlanReports reports = new PlanReports(postgres);
    chunk(0, 600_000_000, 4, 2);
    assertThat(reports.measuredRate()).isEmpty();
    chunk(1, 600_000_000, 3, 1);
    chunk(2, 999_999_999, 0.5, 0.5);

    assertThat(reports.measuredRate()).contains(120_000_000.0);
    Movement moves = look(CREATE, FILL).operations().get(1).moves().orElseThrow();
    assertThat(moves.basis()).startsWith("measured: earlier copies brought over 114.4 MiB");
  }

  private void chunk(int number, long bytes, double insertSeconds, double verifySeconds) {
    postgres.ask(
        connection ->
            connection
                .createStatement()
                .execute(
                    ("INSERT INTO async_migrations.chunk VALUES ('a', 'b', 'c', 'd', 'e', %d,"
                            + " '{\"copied\":{\"bytes\":%d,\"work\":{\"insertSeconds\":%s,\"verifySeconds\":%s}}}')")
                        .formatted(number, bytes, insertSeconds, verifySeconds)));
  }

  private static String documented(String containing) throws IOException {
    return Arrays.stream(Files.readString(Path.of("docs/dry-run.md")).split("```"))
        .filter(block -> block.startsWith("sql") && block.contains(containing))
        .findFirst()
        .orElseThrow()
        .substring("sql".length())
        .replace(";", "");
  }

  private PlanReport look(Draft... drafts) {
    return look(cluster, drafts);
  }

  private PlanReport look(ClickHouseCluster as, Draft... drafts) {
    Plan plan =
        PlanCompiler.compile("0002_events_sample_by", List.of(), List.of(drafts), List.of())
            .asPlan()
            .orElseThrow();
    return new Preflight(as, postgres, new PlanReports(postgres), Clock.systemUTC()).make(plan);
  }

  private void person() {
    postgres.ask(
        connection ->
            connection
                .createStatement()
                .execute(
                    "DROP TABLE IF EXISTS person; CREATE TABLE person (id bigint PRIMARY KEY, x bigint);"
                        + "INSERT INTO person SELECT n, n FROM generate_series(1, 10000) n; ANALYZE person"));
  }

  private static Step sql(String text) {
    return new Step.ClickHouseStatement(text, Map.of(), Map.of(), OnUnknown.FAIL);
  }

  private static Step mutation(String table, String command) {
    return new Step.Mutate(table, command, Map.of(), Map.of());
  }

  private static Step batch(String table, String sql) {
    return new Step.BatchUpdate(table, List.of("id"), sql, Map.of(), pace());
  }

  private static Step fromPostgres(String into) {
    return new Step.CopyFromPostgres(
        "person", List.of("id"), Map.of(), Optional.empty(), into, Map.of(), pace());
  }

  private static Step.Pace pace() {
    return new Step.Pace(Duration.ofSeconds(2), 1_000, Duration.ZERO);
  }

  private static Draft draft(String name, Kind kind, Step step) {
    return new Draft(
        name, kind, List.of(step), new Undo.NotNeeded(), Duration.ofHours(1), 1, Optional.empty());
  }
}
