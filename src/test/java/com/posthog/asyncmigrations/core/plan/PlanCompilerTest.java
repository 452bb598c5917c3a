package com.posthog.asyncmigrations.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanCompilerTest {
  private static final Undo NOTHING = new Undo.NotNeeded();
  private static final List<Parameter> TEAM =
      List.of(parameter("team", Parameter.Type.INTEGER, "7"));

  @Test
  void bindsTheParametersThatAStatementUses() {
    Plan plan =
        compile(
                List.of(
                    parameter("team", Parameter.Type.INTEGER, "7"),
                    parameter("unused", Parameter.Type.STRING, "x")),
                clickHouse("SELECT {team:UInt64}, '{not:Here}' -- {nor:Here}"))
            .asPlan()
            .orElseThrow();

    Step.ClickHouseStatement step =
        (Step.ClickHouseStatement) plan.operations().get(0).steps().get(0);
    assertThat(step.parameters()).isEqualTo(Map.of("team", "7"));
  }

  @Test
  void refusesAParameterThatNobodyDeclared() {
    Compiled compiled =
        compile(
            List.of(parameter("team", Parameter.Type.INTEGER, "7")),
            clickHouse("SELECT {person:UInt64}"));

    assertThat(compiled.asProblem())
        .hasValueSatisfying(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.InvalidPlan);
              assertThat(problem.message())
                  .contains("operation one", "{person}", "declared: [team]");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "UPDATE t SET x = '{batch}', sql must have {batch}",
    "'UPDATE t SET x = 1 WHERE {batch}; COMMIT', begins or ends a transaction",
    "UPDATE t SET x = {batch_to_1:int} WHERE {batch}, batch_to_1",
    "UPDATE t SET x = {person:int} WHERE {batch}, declared: [team]"
  })
  void refusesABatchThatIsNone(String sql, String says) {
    assertThat(compile(TEAM, batches(sql, List.of("id"), 5)).asProblem())
        .hasValueSatisfying(problem -> assertThat(problem.message()).contains(says));
  }

  @Test
  void refusesAColumnTwiceInAKey() {
    assertThat(
            compile(TEAM, batches("UPDATE t SET x = 1 WHERE {batch}", List.of("a", "a"), 5))
                .asProblem())
        .hasValueSatisfying(problem -> assertThat(problem.message()).contains("[a, a]"));
  }

  @Test
  void bindsWhatACopyUses() {
    Step copy =
        new Step.CopyFromPostgres(
            "t",
            List.of("id"),
            Map.of("id", "id", "x", "{team:int} + 1"),
            Optional.of("{where:int} > 0"),
            "u",
            Map.of(),
            new Step.Pace(Duration.ofSeconds(2), 5, Duration.ZERO));
    List<Parameter> both = List.of(TEAM.get(0), parameter("where", Parameter.Type.INTEGER, "3"));

    Plan plan = compile(both, copy).asPlan().orElseThrow();

    assertThat(((Step.CopyFromPostgres) plan.operations().get(0).steps().get(0)).parameters())
        .isEqualTo(Map.of("team", "7", "where", "3"));
    assertThat(compile(TEAM, copy).asProblem())
        .hasValueSatisfying(problem -> assertThat(problem.message()).contains("{where}"));
  }

  @Test
  void thePaceOfBatchesMayChangeWhileTheyRest() {
    String sql = "UPDATE t SET x = {team:int} WHERE {batch}";
    Plan slow = compile(TEAM, batches(sql, List.of("id"), 5)).asPlan().orElseThrow();
    Plan fast = compile(TEAM, batches(sql, List.of("id"), 50)).asPlan().orElseThrow();
    Plan other = compile(TEAM, batches(sql, List.of("id", "x"), 5)).asPlan().orElseThrow();

    assertThat(((Step.BatchUpdate) slow.operations().get(0).steps().get(0)).parameters())
        .isEqualTo(Map.of("team", "7"));
    assertThat(fast.sharesPrefix(slow, 1)).isTrue();
    assertThat(fast.hash()).isNotEqualTo(slow.hash());
    assertThat(other.sharesPrefix(slow, 1)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "INTEGER, 9223372036854775807, true",
    "INTEGER, 9223372036854775808, false",
    "INTEGER, '', false",
    "BOOLEAN, true, true",
    "BOOLEAN, True, false",
    "STRING, '''; DROP TABLE x', true"
  })
  void checksValuesAgainstTheirType(Parameter.Type type, String value, boolean passes) {
    Compiled compiled = compile(List.of(parameter("p", type, value)), clickHouse("SELECT 1"));

    assertThat(compiled.asPlan().isPresent()).isEqualTo(passes);
    compiled
        .asProblem()
        .ifPresent(p -> assertThat(p.message()).contains("spec.parameters", "p is not"));
  }

  @Test
  void leavesWhatAnItemBringsToItsTime() {
    Step list = list("SELECT {team:UInt64}", "partition");

    Plan plan =
        compile(
                List.of(parameter("team", Parameter.Type.INTEGER, "7")),
                list,
                clickHouse("SELECT {team:UInt64}, {partition:String}"))
            .asPlan()
            .orElseThrow();

    List<Step> steps = plan.operations().get(0).steps();
    assertThat(((Step.ListItems) steps.get(0)).parameters()).isEqualTo(Map.of("team", "7"));
    Step.ClickHouseStatement bound =
        (Step.ClickHouseStatement) steps.get(1).binding(Map.of("partition", "202601"));
    assertThat(bound.parameters()).isEqualTo(Map.of("team", "7", "partition", "202601"));
  }

  @Test
  void theListItselfHasNoItem() {
    assertThat(compile(List.of(), list("SELECT {partition:String}", "partition")).asProblem())
        .hasValueSatisfying(p -> assertThat(p.message()).contains("{partition}"));
  }

  @Test
  void refusesAColumnThatIsAParameterToo() {
    assertThat(
            compile(
                    List.of(parameter("team", Parameter.Type.INTEGER, "7")),
                    list("SELECT 1", "team"),
                    clickHouse("SELECT {team:UInt64}"))
                .asProblem())
        .hasValueSatisfying(
            p -> assertThat(p.message()).contains("operation one", "column team", "parameter"));
  }

  private static Step list(String sql, String column) {
    return new Step.ListItems(Step.DatabaseKind.CLICKHOUSE, sql, Map.of(), List.of(column));
  }

  @Test
  void refusesTheSameNameTwice() {
    Parameter parameter = parameter("p", Parameter.Type.STRING, "x");

    assertThat(compile(List.of(parameter, parameter), clickHouse("SELECT 1")).asProblem())
        .hasValueSatisfying(p -> assertThat(p.message()).contains("p is there twice"));
  }

  @Test
  void refusesTwoOperationsOfTheSameName() {
    PlanCompiler.Draft same = draft(NOTHING, clickHouse("SELECT 1"));

    assertThat(
            PlanCompiler.compile("0001_test", List.of(), List.of(same, same), List.of())
                .asProblem())
        .hasValueSatisfying(
            p -> assertThat(p.message()).contains("two operations " + same.name(), "once only"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"BEGIN", "commit", "ROLLBACK TO s", " START TRANSACTION READ ONLY", "savepoint a"})
  void aTransactionalStatementMustNotControlItsTransaction(String sql) {
    assertThat(compile(List.of(), postgres(sql, true)).asProblem())
        .hasValueSatisfying(p -> assertThat(p.message()).contains("transactional: false"));
    assertThat(compile(List.of(), postgres(sql, false)).asPlan()).isPresent();
  }

  @Test
  void repeatingAfterARollbackNeedsOne() {
    Step step = statement("INSERT", OnUnknown.ROLL_BACK_THEN_REPEAT);
    for (Undo none : List.of(NOTHING, new Undo.Irreversible())) {
      assertThat(compile(List.of(), draft(none, step)).asProblem())
          .hasValueSatisfying(p -> assertThat(p.message()).contains("RollBackThenRepeat"));
    }
    assertThat(compile(List.of(), draft(new Undo.By(List.of(clickHouse("DROP"))), step)).asPlan())
        .isPresent();
  }

  @Test
  void whateverDiffersHasAnotherHash() {
    Expectation one = new Expectation(Optional.of("1"), OptionalLong.empty(), OptionalLong.empty());
    Expectation two = new Expectation(Optional.empty(), OptionalLong.of(1), OptionalLong.empty());
    List<PlanCompiler.Draft> drafts =
        List.of(
            draft(NOTHING, clickHouse("SELECT 1")),
            draft(NOTHING, clickHouse("SELECT 2")),
            draft(NOTHING, clickHouse("SELECT 1"), clickHouse("SELECT 1")),
            draft(NOTHING, statement("SELECT 1", OnUnknown.REPEAT)),
            draft(new Undo.Irreversible(), clickHouse("SELECT 1")),
            draft(new Undo.By(List.of(clickHouse("SELECT 1"))), clickHouse("SELECT 1")),
            draft(NOTHING, postgres("SELECT 1", true)),
            draft(NOTHING, postgres("SELECT 1", false)),
            draft(
                NOTHING,
                new Step.ClickHouseStatement(
                    "SELECT 1", Map.of("a", "1"), Map.of(), OnUnknown.FAIL)),
            draft(
                NOTHING,
                new Step.ClickHouseStatement(
                    "SELECT 1", Map.of("a", "2"), Map.of(), OnUnknown.FAIL)),
            draft(NOTHING, new Step.CompareTables("a", "b", List.of(), Optional.empty(), Map.of())),
            draft(NOTHING, new Step.CompareTables("a", "c", List.of(), Optional.empty(), Map.of())),
            draft(
                NOTHING,
                new Step.CompareTables("a", "b", List.of("x"), Optional.empty(), Map.of())),
            draft(NOTHING, new Step.CompareTables("a", "b", List.of(), Optional.of("x"), Map.of())),
            draft(
                NOTHING,
                new Step.ExpectValue(Step.DatabaseKind.CLICKHOUSE, "SELECT 1", Map.of(), one)),
            draft(
                NOTHING,
                new Step.ExpectValue(Step.DatabaseKind.POSTGRESQL, "SELECT 1", Map.of(), one)),
            draft(
                NOTHING,
                new Step.ExpectValue(Step.DatabaseKind.CLICKHOUSE, "SELECT 1", Map.of(), two)),
            draft(NOTHING, copy(true, false)),
            draft(NOTHING, copy(false, false)),
            draft(NOTHING, copy(false, true)));
    Set<String> hashes = new HashSet<>();
    drafts.forEach(d -> hashes.add(compile(List.of(), d).asPlan().orElseThrow().hash()));

    assertThat(hashes).hasSameSizeAs(drafts);
  }

  @Test
  void timeoutAndWeightMayChangeDuringARun() {
    PlanCompiler.Draft draft = draft(NOTHING, clickHouse("SELECT 1"));
    PlanCompiler.Draft other =
        new PlanCompiler.Draft(
            "one", Kind.SQL, draft.steps(), NOTHING, Duration.ofDays(9), 99, Optional.empty());

    assertThat(plan(other).sharesPrefix(plan(draft), 1)).isTrue();
    assertThat(plan(other).hash()).as("another plan all the same").isNotEqualTo(plan(draft).hash());
  }

  @Test
  void soMayTheLimitOfAHold() {
    PlanCompiler.Draft twenty = draft(NOTHING, hold(Optional.of(Duration.ofMinutes(20))));
    PlanCompiler.Draft forty = draft(NOTHING, hold(Optional.of(Duration.ofMinutes(40))));
    PlanCompiler.Draft none = draft(NOTHING, hold(Optional.empty()));

    assertThat(plan(forty).sharesPrefix(plan(twenty), 1)).isTrue();
    assertThat(plan(none).sharesPrefix(plan(twenty), 1)).isTrue();
    assertThat(plan(forty).hash()).isNotEqualTo(plan(twenty).hash());
    assertThat(plan(none).hash()).isNotEqualTo(plan(twenty).hash());
  }

  private static Step hold(Optional<Duration> longest) {
    return new Step.ScaleDeployment("ingestion", OptionalInt.of(0), longest);
  }

  @Test
  void aStatementMustNotHideFromTheQueryLog() {
    assertThat(compile(List.of(), clickHouse("SELECT 1 SETTINGS log_queries = 0")).asProblem())
        .hasValueSatisfying(p -> assertThat(p.message()).contains("operation one", "log_queries"));
    assertThat(compile(List.of(), clickHouse("SELECT 'log_queries=0' -- log_queries=0")).asPlan())
        .isPresent();
  }

  @Test
  void aPrefixIsWhatBothHave() {
    PlanCompiler.Draft one = draft(NOTHING, clickHouse("SELECT 1"));
    PlanCompiler.Draft two = draft("two", NOTHING, clickHouse("SELECT 2"));

    assertThat(plan(one, two).sharesPrefix(plan(one), 1)).isTrue();
    assertThat(plan(one, two).sharesPrefix(plan(one), 2)).isFalse();
    assertThat(plan(two).sharesPrefix(plan(one), 1)).isFalse();
    assertThat(plan(two).sharesPrefix(plan(one), 0)).isTrue();
  }

  private static Plan plan(PlanCompiler.Draft... drafts) {
    return PlanCompiler.compile("0001_test", List.of(), List.of(drafts), List.of())
        .asPlan()
        .orElseThrow();
  }

  private static Compiled compile(List<Parameter> parameters, Step... steps) {
    return compile(parameters, draft(NOTHING, steps));
  }

  private static Compiled compile(List<Parameter> parameters, PlanCompiler.Draft draft) {
    return PlanCompiler.compile("0001_test", parameters, List.of(draft), List.of());
  }

  private static PlanCompiler.Draft draft(Undo undo, Step... steps) {
    return draft("one", undo, steps);
  }

  private static PlanCompiler.Draft draft(String name, Undo undo, Step... steps) {
    return new PlanCompiler.Draft(
        name, Kind.SQL, List.of(steps), undo, Duration.ofHours(2), 1, Optional.empty());
  }

  private static Step clickHouse(String sql) {
    return statement(sql, OnUnknown.FAIL);
  }

  private static Step statement(String sql, OnUnknown onUnknown) {
    return new Step.ClickHouseStatement(sql, Map.of(), Map.of(), onUnknown);
  }

  private static Step postgres(String sql, boolean transactional) {
    return new Step.PostgresStatement(sql, Map.of(), Map.of(), transactional, OnUnknown.FAIL);
  }

  private static Step copy(boolean live, boolean hardLinks) {
    return new CopyTable(
        new TableCopy("t", "n", Map.of(), List.of(), live, 1, Map.of(), hardLinks), false);
  }

  private static Parameter parameter(String name, Parameter.Type type, String value) {
    return new Parameter(name, type, value);
  }

  private static Step batches(String sql, List<String> key, int mostRows) {
    return new Step.BatchUpdate(
        "t", key, sql, Map.of(), new Step.Pace(Duration.ofSeconds(2), mostRows, Duration.ZERO));
  }
}
