package com.posthog.asyncmigrations.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MutationTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE x = 1 WHERE n > 5",
        "update `a b` = 1, \"c\" = 2, d.e = f(1, [2, 3]) where 1",
        "DELETE WHERE n IN (1, 2)",
        "DELETE IN PARTITION 5 WHERE 1",
        "MATERIALIZE INDEX i",
        "materialize  projection IF EXISTS p IN PARTITION 1",
        "MATERIALIZE COLUMN c, UPDATE x = 1 WHERE 1, DELETE WHERE 0",
        "(UPDATE x = 1, y = 2 WHERE 1), (MATERIALIZE INDEX i)",
        "/* DROP COLUMN a, */ UPDATE x = 'a, DROP COLUMN b' WHERE 1",
        "UPDATE settings = 1 WHERE s = 'SETTINGS a = 1'"
      })
  void mutationsPass(String command) {
    assertThat(new MutationText(command).refusal()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADD COLUMN x UInt8 | found 'ADD COLUMN x UInt8'",
        "ADD COLUMN x UInt8 DEFAULT a = 1 | found 'ADD COLUMN",
        "MODIFY COLUMN x = 1 | found 'MODIFY COLUMN",
        "UPDATE x = 1 WHERE 1, DROP COLUMN x | found 'DROP COLUMN x'",
        "(UPDATE x = 1 WHERE 1), (DROP PARTITION 1) | found '(DROP PARTITION 1)'",
        "MATERIALIZE INDEX i, CLEAR INDEX j | found 'CLEAR INDEX j'",
        "UPDATED = 1 WHERE 1 | found 'UPDATED",
        "UPDATE x = 1 | need a WHERE",
        "DELETE -- WHERE 1 | need a WHERE",
        "x = 1 WHERE 1 | found 'x = 1 WHERE 1'",
        "UPDATE x = 1 WHERE 1 settings mutations_sync = 2 | found SETTINGS",
      })
  void theRestIsRefused(String command, String says) {
    assertThat(new MutationText(command).refusal())
        .hasValueSatisfying(why -> assertThat(why).contains(says));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE x = 1, y = 2 WHERE a = 'WHERE, b' AND f(1, 2) | a = 'WHERE, b' AND f(1, 2)",
        "DELETE IN PARTITION 1 where n IN (SELECT n FROM u WHERE 1) | n IN (SELECT n FROM u WHERE 1)",
        "UPDATE x = 1 WHERE a, DELETE WHERE b | ",
        "UPDATE x = 1 WHERE a, MATERIALIZE INDEX i | ",
        "(UPDATE x = 1 WHERE a) | ",
        "MATERIALIZE INDEX i | ",
      })
  void theConditionOfASingleCommand(String command, String condition) {
    assertThat(new MutationText(command).condition()).isEqualTo(Optional.ofNullable(condition));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE x = 'DELETE' WHERE a | ALTER UPDATE",
        "delete where a | ALTER DELETE",
        "MATERIALIZE  INDEX i, MATERIALIZE COLUMN c, UPDATE a = 1 WHERE 1, UPDATE b = 1 WHERE 1 | ALTER MATERIALIZE INDEX, ALTER MATERIALIZE COLUMN, ALTER UPDATE",
      })
  void whatAUserNeeds(String command, String privileges) {
    assertThat(String.join(", ", new MutationText(command).privileges())).isEqualTo(privileges);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE x = 1 WHERE a OR b | UPDATE x = 1 WHERE 'id' = 'id' AND a OR b",
        "DELETE where(a) | DELETE where 'id' = 'id' AND(a)",
        "UPDATE w = 'WHERE' /*WHERE*/ WHERE a, DELETE WHERE b"
            + " | UPDATE w = 'WHERE' /*WHERE*/ WHERE 'id' = 'id' AND a, DELETE WHERE b",
        "(UPDATE x = (SELECT 1 FROM u WHERE a) WHERE b)"
            + " | (UPDATE x = (SELECT 1 FROM u WHERE a) WHERE 'id' = 'id' AND b)",
        "MATERIALIZE INDEX i | MATERIALIZE INDEX i",
      })
  void theMarkIsAConditionThatAlwaysHolds(String command, String marked) {
    assertThat(new MutationText(command).marked("id")).isEqualTo(marked);
  }

  @Test
  void aMutationIsKnownByItsMark() {
    MutationText text = new MutationText("UPDATE x = 1 WHERE n > 5, DELETE WHERE 0");

    assertThat(
            text.isIn(
                List.of("(UPDATE x = 1 WHERE ('id' = 'id') AND (n > 5))", "(DELETE WHERE 0)"),
                "id"))
        .isTrue();
    assertThat(text.isIn(List.of("(UPDATE x = 1 WHERE ('id-2' = 'id-2') AND (n > 5))"), "id"))
        .isFalse();
    assertThat(text.isIn(List.of("(UPDATE x = 1 WHERE n > 5)", "(DELETE WHERE 0)"), "id"))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "materialize index `i` | (MATERIALIZE INDEX i) | true",
        "MATERIALIZE INDEX IF EXISTS i | MATERIALIZE INDEX i | true",
        "MATERIALIZE INDEX i | (MATERIALIZE INDEX j) | false",
        "MATERIALIZE INDEX i | (MATERIALIZE INDEX ij) | false",
        "MATERIALIZE INDEX i | (MATERIALIZE PROJECTION i) | false",
        "MATERIALIZE INDEX i | (MATERIALIZE INDEX i IN PARTITION 1) | false",
        "MATERIALIZE INDEX i IN PARTITION (1, 'a') | (MATERIALIZE INDEX i IN PARTITION (1, 'a')) | true",
      })
  void whatOnlyMaterialisesIsTheSameWhoeverAskedForIt(String ours, String listed, boolean same) {
    assertThat(new MutationText(ours).isIn(List.of(listed), "id")).isEqualTo(same);
  }

  @Test
  void severalCommandsOfOneMutationAreListedInARow() {
    MutationText text = new MutationText("MATERIALIZE INDEX i, MATERIALIZE COLUMN c");

    assertThat(text.isIn(List.of("(MATERIALIZE INDEX i)", "(MATERIALIZE COLUMN c)"), "")).isTrue();
    assertThat(text.isIn(List.of("(MATERIALIZE INDEX i)"), "")).isFalse();
  }

  @Test
  void onlyWhatMaterialisesMayRunTwice() {
    assertThat(mutate("UPDATE x = x + 1 WHERE 1").onUnknown()).isEqualTo(OnUnknown.FAIL);
    assertThat(mutate("MATERIALIZE COLUMN c, DELETE WHERE 0").onUnknown())
        .isEqualTo(OnUnknown.FAIL);
    assertThat(mutate("MATERIALIZE COLUMN c").onUnknown()).isEqualTo(OnUnknown.REPEAT);
  }

  @Test
  void itRunsOnEveryShardWithTheParametersThatItUses() {
    Step.Mutate bound =
        (Step.Mutate) compile(mutate("UPDATE x = {n:UInt64} WHERE y = '{m:UInt64}'")).orElseThrow();

    assertThat(bound.parameters()).isEqualTo(Map.of("n", "5"));
    assertThat(bound.on()).isEqualTo(Step.Target.EVERY_SHARD);
    assertThat(bound.onSeveral()).isTrue();
  }

  @Test
  void whatIsNoMutationMakesNoPlan() {
    assertThat(refusal(mutate("DROP COLUMN x")))
        .contains("operation one: mutation.command", "DROP COLUMN x", "MATERIALIZE INDEX");
    assertThat(
            refusal(
                new Step.Mutate("t", "DELETE WHERE 1", Map.of("mutations_sync", "2"), Map.of())))
        .contains("operation one: mutation.settings", "mutations_sync", "leave it out");
  }

  @Test
  void whateverDiffersHasAnotherHash() {
    List<Step.Mutate> all =
        List.of(
            mutate("DELETE WHERE 1"),
            mutate("DELETE WHERE 0"),
            new Step.Mutate("u", "DELETE WHERE 1", Map.of(), Map.of()),
            new Step.Mutate("t", "DELETE WHERE 1", Map.of("a", "1"), Map.of()),
            mutate("DELETE WHERE {n:UInt64}"));

    assertThat(all.stream().map(s -> plan(s).asPlan().orElseThrow().hash()).distinct())
        .hasSameSizeAs(all);
  }

  private static Step.Mutate mutate(String command) {
    return new Step.Mutate("t", command, Map.of(), Map.of());
  }

  private static Optional<Step> compile(Step.Mutate step) {
    return plan(step).asPlan().map(plan -> plan.operations().get(0).steps().get(0));
  }

  private static String refusal(Step.Mutate step) {
    assertThat(plan(step).asProblem().orElseThrow().reason()).isEqualTo(Reason.InvalidPlan);
    return plan(step).asProblem().orElseThrow().message();
  }

  private static Compiled plan(Step.Mutate step) {
    return PlanCompiler.compile(
        "0001_test",
        List.of(new Parameter("n", Parameter.Type.INTEGER, "5")),
        List.of(
            new PlanCompiler.Draft(
                "one",
                PlannedOperation.Kind.MUTATION,
                List.of(step),
                new Undo.NotNeeded(),
                Duration.ofHours(1),
                1,
                Optional.empty())),
        List.of());
  }
}
