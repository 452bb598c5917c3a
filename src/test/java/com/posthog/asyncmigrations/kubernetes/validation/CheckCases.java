package com.posthog.asyncmigrations.kubernetes.validation;

import com.posthog.asyncmigrations.kubernetes.validation.CrossFieldCases.Case;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The rules between the fields of checks, versions and dependencies. */
final class CheckCases {
  private static final String CLICKHOUSE_QUERY = "/spec/prechecks/0";
  private static final String POSTGRES_QUERY = "/spec/healthchecks/1";
  private static final String SPACE = "/spec/prechecks/3";
  private static final String MERGES = "/spec/healthchecks/6";

  private CheckCases() {}

  static Stream<Case> all() {
    return Stream.of(names(), kinds(), queries(), builtIn(), versions()).flatMap(cases -> cases);
  }

  private static Stream<Case> names() {
    return Stream.of(
        new Case(
            migration().with("/spec/prechecks/1/name", "space"),
            "spec",
            "spec.prechecks: every name must be used once only"),
        new Case(
            migration().with("/spec/healthchecks/1/name", "space"),
            "spec",
            "spec.healthchecks: every name must be used once only"),
        new Case(
            migration().with("/spec/dependsOn", List.of("0100_before", "0101_everything")),
            "spec",
            "spec.dependsOn: a migration cannot depend on itself"));
  }

  private static Stream<Case> kinds() {
    String exactlyOne =
        "a check needs exactly one of query, diskSpace, pendingMutations, replicaLag or mergesBacklog";
    return Stream.of(
        new Case(migration().without(SPACE + "/diskSpace"), "spec.prechecks[3]", exactlyOne),
        new Case(
            migration().with(SPACE + "/pendingMutations", Map.of()),
            "spec.prechecks[3]",
            exactlyOne));
  }

  private static Stream<Case> queries() {
    String expectation = "a query needs exactly one of equals, atLeast or atMost";
    return Stream.of(
        new Case(
            migration().without(CLICKHOUSE_QUERY + "/query/atMost"),
            "spec.prechecks[0].query",
            expectation),
        new Case(
            migration().with(CLICKHOUSE_QUERY + "/query/equals", "1"),
            "spec.prechecks[0].query",
            expectation),
        new Case(
            migration().with(POSTGRES_QUERY + "/query/where", "OneNode"),
            "spec.healthchecks[1].query",
            "where is for queries on ClickHouse only: PostgreSQL has one node"));
  }

  private static Stream<Case> builtIn() {
    return Stream.of(
        new Case(
            migration().with(SPACE + "/diskSpace", Map.of("table", "events")),
            "spec.prechecks[3].diskSpace",
            "diskSpace needs ratio (with table), atLeast or both"),
        new Case(
            migration().without(SPACE + "/diskSpace/table"),
            "spec.prechecks[3].diskSpace",
            "diskSpace.ratio needs table: it is a multiple of the table's size"),
        new Case(
            migration().with(MERGES + "/mergesBacklog", Map.of("table", "events")),
            "spec.healthchecks[6].mergesBacklog",
            "mergesBacklog needs partsPerPartition, runningMerges or both"));
  }

  private static Stream<Case> versions() {
    String exactlyOne =
        "version needs exactly one of deployment (whose image tag tells) or literal";
    return Stream.of(
        new Case(
            migration().with("/spec/posthogVersions", Map.of()),
            "spec.posthogVersions",
            "posthogVersions needs min, max or both"),
        new Case(instance().with("/spec/version", Map.of()), "spec.version", exactlyOne),
        new Case(instance().with("/spec/version/literal", "1.36.1"), "spec.version", exactlyOne),
        new Case(
            instance().with("/spec/version", Map.of("literal", "1.36.1", "container", "web")),
            "spec.version",
            "version.container is one of version.deployment"));
  }

  private static Manifest migration() {
    return Manifest.named("migration.yaml");
  }

  private static Manifest instance() {
    return Manifest.named("instance.yaml");
  }
}
