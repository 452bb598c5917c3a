package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.AsyncMigration;
import com.posthog.asyncmigrations.api.PostHogInstance;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Check;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import com.posthog.asyncmigrations.posthog.Definition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DesiredReaderTest {
  private static final String MIGRATION =
      """
      apiVersion: migrations.posthog.com/v1alpha1
      kind: AsyncMigration
      metadata: {name: m}
      spec:
        instanceRef: {name: posthog}
        migration: 0100_m
        parameters: [{name: n, type: Integer, value: "5"}]
        operations:
          - name: one
            timeout: 1h
            sql:
              database: ClickHouse
              statements: [{sql: "SELECT 1"}]
            rollback: {notNeeded: true}
      """;
  private static final PostHogInstance INSTANCE =
      Serialization.unmarshal(
          """
          apiVersion: migrations.posthog.com/v1alpha1
          kind: PostHogInstance
          metadata: {name: posthog}
          spec:
            clickhouse: {host: a, database: b, credentials: {secretName: s}}
            postgres: {host: a, database: b, credentials: {secretName: s}}
          """,
          PostHogInstance.class);

  @Test
  void checksAreBoundToTheParameters() {
    Checks checks =
        read(
                """
                  posthogVersions: {min: 1.36.0}
                  requiredWhen: {database: PostgreSQL, sql: "SELECT {n:int} > 3"}
                  prechecks:
                    - name: query
                      query: {database: ClickHouse, sql: "SELECT {n:UInt8}", atLeast: 3, where: EveryNode}
                    - name: space
                      diskSpace: {table: events, ratio: 1.5, atLeast: 100M}
                    - {name: mutations, pendingMutations: {}}
                    - {name: lag, replicaLag: {atMost: 1m30s}}
                  healthchecks:
                    - {name: merges, mergesBacklog: {partsPerPartition: 150}}
                """,
                false)
            .checks();

    assertThat(checks.requiredWhen().map(Checks.Requirement::parameters))
        .contains(Map.of("n", "5"));
    assertThat(checks.prechecks().get(0))
        .isInstanceOfSatisfying(
            Check.Query.class,
            q -> {
              assertThat(q.parameters()).isEqualTo(Map.of("n", "5"));
              assertThat(q.everyNode()).isTrue();
            });
    assertThat(checks.prechecks().subList(1, 4))
        .containsExactly(
            new Check.DiskSpace(
                "space",
                Optional.of("events"),
                OptionalDouble.of(1.5),
                OptionalLong.of(100_000_000)),
            new Check.PendingMutations("mutations", Optional.empty()),
            new Check.ReplicaLag("lag", Optional.empty(), Duration.ofSeconds(90)));
    assertThat(checks.healthchecks())
        .containsExactly(
            new Check.MergesBacklog(
                "merges", Optional.empty(), OptionalLong.of(150), OptionalLong.empty()));
    assertThat(checks.window()).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prechecks: [{name: c, query: {database: ClickHouse, sql: 'SELECT {x:UInt8}', atLeast: 1}}]"
            + " | precheck c uses the parameter {x}",
        "healthchecks: [{name: c, query: {database: PostgreSQL, sql: 'SELECT {x:int}', atLeast: 1}}]"
            + " | healthcheck c uses the parameter {x}",
        "requiredWhen: {database: ClickHouse, sql: 'SELECT {x:UInt8}'} | requiredWhen uses the parameter {x}",
        "serviceVersions: [{service: ClickHouse, range: '>>1'}] | spec.serviceVersions: '>>1' is no range",
        "posthogVersions: {min: 2.0.0, max: 1.0.0} | spec.posthogVersions: min 2.0.0 is after max 1.0.0",
      })
  void checksThatMakeNoSenseMakeNoPlan(String field, String says) {
    Problem problem = read("  " + field, false).compiled().asProblem().orElseThrow();

    assertThat(problem.reason()).isEqualTo(Reason.InvalidPlan);
    assertThat(problem.message()).contains(says);
  }

  @Test
  void checksAreNoPartOfThePlan() {
    List<Plan> plans =
        List.of("  prechecks: [{name: a, pendingMutations: {}}]", "  dependsOn: [0001_a]").stream()
            .map(spec -> read(spec, false).compiled().asPlan().orElseThrow())
            .toList();

    assertThat(plans.get(0).hash()).isEqualTo(plans.get(1).hash());
    assertThat(plans.get(0).sharesPrefix(plans.get(1), 1)).isTrue();
  }

  @Test
  void aMutationIsReadWithItsSettings() {
    String operations =
        MIGRATION.substring(0, MIGRATION.indexOf("    - name: one"))
            + """
                - name: one
                  mutation:
                    table: posthog.events
                    command: DELETE WHERE n = {n:UInt8}
                    settings: [{name: allow_nondeterministic_mutations, value: "1"}]
                  rollback: {irreversible: true}
            """;
    AsyncMigration migration = Serialization.unmarshal(operations, AsyncMigration.class);

    Plan plan =
        DesiredReader.read(migration.getSpec(), INSTANCE.getSpec())
            .compiled()
            .asPlan()
            .orElseThrow();

    assertThat(plan.operations().get(0).kind()).isEqualTo(PlannedOperation.Kind.MUTATION);
    assertThat(plan.operations().get(0).undo()).isEqualTo(new Undo.Irreversible());
    assertThat(plan.operations().get(0).steps())
        .containsExactly(
            new Step.Mutate(
                "posthog.events",
                "DELETE WHERE n = {n:UInt8}",
                Map.of("allow_nondeterministic_mutations", "1"),
                Map.of("n", "5")));
  }

  @Test
  void hardLinksAreForTheExchangeToo() {
    Plan plan =
        compiled(
                """
                    - name: one
                      copyTable: {from: t, to: n, mode: HardLink, live: None}
                    - name: two
                      exchangeTables: {table: t, with: n, backup: before}
                """)
            .asPlan()
            .orElseThrow();

    TableCopy links =
        new TableCopy("t", "n", Map.of(), List.of(), false, 20_000_000, Map.of(), true);
    assertThat(plan.operations().get(0).steps()).containsExactly(new CopyTable(links, false));
    assertThat(plan.operations().get(1).steps())
        .containsExactly(new ExchangeTables(links, "before", false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hold copy swap release | ",
        "hold copy | ",
        "hold copy release | ",
        "hold copy release other | ",
        "hold copy release swap | operation release releases it before operation swap",
        "copy swap | operation copy: live: Pause needs an operation before it that holds what writes to t",
        "copy hold swap | scaleDeployment: {deployment: …, replicas: 0, longest: 30m}",
        "unlimited copy swap | and for how long at most",
        "hold unlimited copy swap | and for how long at most",
        "hold release copy swap | and for how long at most",
        "hold other copy release swap | ",
        "other hold copy release swap | "
      })
  void aPauseNeedsAHoldUntilTheExchange(String names, @Nullable String refusal) {
    Map<String, String> kinds =
        Map.of(
            "hold", "scaleDeployment: {deployment: plugins, replicas: 0, longest: 30m}",
            "unlimited", "scaleDeployment: {deployment: plugins, replicas: 0}",
            "release", "scaleDeployment: {deployment: plugins, restore: true}",
            "other", "scaleDeployment: {deployment: web, replicas: 0, longest: 30m}",
            "copy", "copyTable: {from: t, to: n, live: Pause}",
            "swap", "exchangeTables: {table: t, with: n, backup: before}");
    StringBuilder operations = new StringBuilder();
    for (String name : List.of(names.split(" ", -1))) {
      operations.append("    - name: %s\n      %s\n".formatted(name, kinds.get(name)));
    }

    Compiled compiled = compiled(operations.toString());

    if (refusal == null) {
      CopyTable copy =
          compiled.asPlan().orElseThrow().operations().stream()
              .flatMap(operation -> operation.steps().stream())
              .filter(CopyTable.class::isInstance)
              .map(CopyTable.class::cast)
              .findFirst()
              .orElseThrow();
      assertThat(copy.copy().live()).isFalse();
    } else {
      assertThat(compiled.asProblem().orElseThrow().reason()).isEqualTo(Reason.InvalidPlan);
      assertThat(compiled.asProblem().orElseThrow().message()).contains(refusal);
    }
  }

  private static Compiled compiled(String operations) {
    AsyncMigration migration =
        Serialization.unmarshal(
            MIGRATION.substring(0, MIGRATION.indexOf("    - name: one")) + operations,
            AsyncMigration.class);
    return DesiredReader.read(migration.getSpec(), INSTANCE.getSpec()).compiled();
  }

  @Test
  void aVersionThatIsOfNoInterestHasNoWindow() {
    assertThat(read("  posthogVersions: {min: 1.36.0}", true).checks().window()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{min: 1.36.0, max: 1.41.9} | 1.36.0 | 1.41.9",
        "{max: 1.41.9} | | 1.41.9",
        "{min: 1.36.0} | 1.36.0 |",
      })
  void postHogsRowHasTheVersions(String versions, @Nullable String min, @Nullable String max) {
    AsyncMigration migration =
        Serialization.unmarshal(MIGRATION + "  posthogVersions: " + versions, AsyncMigration.class);

    assertThat(DesiredReader.definition(migration.getSpec()))
        .isEqualTo(
            new Definition(Optional.empty(), Optional.ofNullable(min), Optional.ofNullable(max)));
  }

  private static Desired read(String spec, boolean ignoreVersion) {
    AsyncMigration migration =
        Serialization.unmarshal(MIGRATION + spec.stripTrailing(), AsyncMigration.class);
    PostHogInstance instance =
        Serialization.unmarshal(
            Serialization.asYaml(INSTANCE)
                + (ignoreVersion ? "  settings: {ignorePosthogVersion: true}" : ""),
            PostHogInstance.class);
    return DesiredReader.read(migration.getSpec(), instance.getSpec());
  }
}
