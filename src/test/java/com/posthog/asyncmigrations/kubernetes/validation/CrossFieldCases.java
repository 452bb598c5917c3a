package com.posthog.asyncmigrations.kubernetes.validation;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Manifests that break, or all but break, a rule over more than one field. */
final class CrossFieldCases {
  private static final String BY_STATEMENTS = "/spec/operations/0";
  private static final String TRANSACTIONAL = "/spec/operations/1";
  private static final String HARMLESS = "/spec/operations/2";
  private static final String EQUAL_TABLES = "/spec/operations/3";
  private static final String EQUAL_VALUE = "/spec/operations/4";
  private static final String BATCHES = "/spec/operations/12";
  private static final String APPROVAL = "/spec/operations/7";
  private static final String COPY = "/spec/operations/14/copyTable";
  private static final String MUTATION = "/spec/operations/11";

  private CrossFieldCases() {}

  /**
   * What has to be refused.
   *
   * @param manifest with one rule broken
   * @param field that the message names
   * @param says what would pass
   */
  record Case(Manifest manifest, String field, String says) {
    @Override
    public String toString() {
      return field + ": " + says;
    }
  }

  static Stream<Case> all() {
    return Stream.of(
            names(),
            kinds(),
            rollbacks(),
            unknownOutcomes(),
            copies(),
            parameters(),
            verifications(),
            instances(),
            CheckCases.all())
        .flatMap(cases -> cases);
  }

  static Stream<Manifest> allowed() {
    return Stream.of(
        migration().called("a".repeat(52)),
        migration().without("/spec/desiredState"),
        migration().without("/spec/posthogVersions/max"),
        migration().with("/spec/prechecks/4/pendingMutations", Map.of()),
        migration().with("/spec/prechecks/3/diskSpace", Map.of("atLeast", "100M")),
        migration().with("/spec/prechecks/3/diskSpace", Map.of("table", "a", "ratio", 2)),
        instance().without("/spec/version"),
        instance().without("/spec/version/container"),
        migration().without("/spec/parameters"),
        migration().with("/spec/desiredState", "Idle"),
        migration().without("/spec/operations/9/job/retries"),
        migration().with(TRANSACTIONAL + "/sql/where", "OneNode"),
        migration().without(BATCHES + "/batchUpdate/batchTime"),
        migration().without("/spec/operations/13/copyFromPostgres/columns"),
        migration().with(BATCHES + "/batchUpdate/key", List.of("team_id", "id")),
        migration().with("/spec/desiredState", "Paused"),
        migration().with(COPY, Map.of("from", "t", "to", "n", "mode", "HardLink", "live", "None")),
        migration().with(COPY + "/mode", "Rows"),
        migration().without("/spec/operations/8/scaleDeployment/longest"),
        migration().with("/spec/approvals/1/operation", "another"),
        migration().without(MUTATION + "/mutation/settings"),
        migration().without("/spec/operations/0/timeout"),
        migration().without(TRANSACTIONAL + "/sql/statements/0/transactional"),
        migration().with("/spec/parameters/0/value", ""),
        instance().without("/spec/worker"),
        instance().without("/spec/settings"),
        instance().without("/spec/settings/rollbackTimeout"),
        instance().without("/spec/worker/cpu"),
        instance().without("/spec/worker/replicas"),
        instance().without("/spec/clickhouse/cluster"));
  }

  private static Stream<Case> names() {
    return Stream.of(
        new Case(
            migration().called("a".repeat(53)),
            "<nil>",
            "metadata.name must be at most 52 characters long"),
        new Case(
            migration().with(HARMLESS + "/name", "for-good"),
            "spec",
            "spec.operations: every name must be used once only"),
        new Case(
            migration().with("/spec/parameters/1/name", "team"),
            "spec",
            "spec.parameters: every name must be used once only"),
        new Case(
            migration().with("/spec/approvals/1/planHash", "0".repeat(64)),
            "spec",
            "spec.approvals: one decision only for an operation of a plan"));
  }

  private static Stream<Case> kinds() {
    String exactlyOne =
        "an operation needs exactly one kind: sql, batchUpdate, copyFromPostgres, verify, approval, scaleDeployment,"
            + " job, mutation, copyTable or exchangeTables";
    String rollback =
        "an operation of kind sql, batchUpdate, copyFromPostgres, job or mutation needs a rollback (sql, job,"
            + " irreversible: true or notNeeded: true), one of another kind has none";
    Manifest valid = migration();
    return Stream.of(
        new Case(valid.without(EQUAL_VALUE + "/verify"), "spec.operations[4]", exactlyOne),
        new Case(
            valid.with(HARMLESS + "/verify", valid.at(EQUAL_VALUE + "/verify")),
            "spec.operations[2]",
            exactlyOne),
        new Case(
            valid.with(HARMLESS + "/approval", valid.at(APPROVAL + "/approval")),
            "spec.operations[2]",
            exactlyOne),
        new Case(
            valid.with(APPROVAL + "/rollback", Map.of("notNeeded", true)),
            "spec.operations[7]",
            rollback),
        new Case(valid.without("/spec/operations/9/rollback"), "spec.operations[9]", rollback),
        new Case(valid.without(MUTATION + "/rollback"), "spec.operations[11]", rollback),
        new Case(
            valid.with(HARMLESS + "/mutation", valid.at(MUTATION + "/mutation")),
            "spec.operations[2]",
            exactlyOne),
        new Case(
            valid.with("/spec/operations/8/rollback", Map.of("notNeeded", true)),
            "spec.operations[8]",
            rollback),
        new Case(
            valid.with("/spec/operations/8/scaleDeployment/restore", true),
            "spec.operations[8].scaleDeployment",
            "scaleDeployment needs exactly one of replicas or restore: true"),
        new Case(
            valid.with(
                "/spec/operations/8/scaleDeployment", Map.of("deployment", "d", "restore", false)),
            "spec.operations[8].scaleDeployment",
            "restore can only be true; leave it out otherwise"),
        new Case(
            valid.with(
                "/spec/operations/8/scaleDeployment",
                Map.of("deployment", "d", "restore", true, "longest", "20m")),
            "spec.operations[8].scaleDeployment",
            "longest limits what replicas holds; with restore: true leave it out"),
        new Case(valid.without(HARMLESS + "/rollback"), "spec.operations[2]", rollback),
        new Case(valid.without(BATCHES + "/rollback"), "spec.operations[12]", rollback),
        new Case(valid.without("/spec/operations/13/rollback"), "spec.operations[13]", rollback),
        new Case(
            valid.with("/spec/operations/13/batchUpdate", valid.at(BATCHES + "/batchUpdate")),
            "spec.operations[13]",
            exactlyOne),
        new Case(
            valid.with(BATCHES + "/sql", valid.at(HARMLESS + "/sql")),
            "spec.operations[12]",
            exactlyOne),
        new Case(
            valid.with(BATCHES + "/batchUpdate/sql", "UPDATE posthog_person SET name = ''"),
            "spec.operations[12].batchUpdate",
            "batchUpdate needs {batch} in sql, where the rows of one batch are chosen"),
        new Case(
            valid.with(EQUAL_VALUE + "/rollback", Map.of("notNeeded", true)),
            "spec.operations[4]",
            rollback));
  }

  private static Stream<Case> rollbacks() {
    String exactlyOne =
        "a rollback needs exactly one of sql, job, irreversible: true or notNeeded: true";
    String onlyTrue = "irreversible and notNeeded can only be true; leave them out otherwise";
    return Stream.of(
        new Case(
            migration().with(HARMLESS + "/rollback", Map.of()),
            "spec.operations[2].rollback",
            exactlyOne),
        new Case(
            migration().with(HARMLESS + "/rollback/irreversible", true),
            "spec.operations[2].rollback",
            exactlyOne),
        new Case(
            migration().with(HARMLESS + "/rollback/notNeeded", false),
            "spec.operations[2].rollback",
            onlyTrue),
        new Case(
            migration().with(TRANSACTIONAL + "/rollback/irreversible", false),
            "spec.operations[1].rollback",
            onlyTrue));
  }

  private static Stream<Case> unknownOutcomes() {
    String statement = "/sql/statements/0";
    String canBeLost =
        "onUnknown is for statements on ClickHouse, and for those on PostgreSQL with transactional:"
            + " false; a transactional one ran exactly once or not at all";
    return Stream.of(
        new Case(
            migration().with(TRANSACTIONAL + statement + "/onUnknown", "Repeat"),
            "spec.operations[1].sql",
            canBeLost),
        new Case(
            migration()
                .with(TRANSACTIONAL + statement, Map.of("sql", "SELECT 1", "onUnknown", "Fail")),
            "spec.operations[1].sql",
            canBeLost),
        new Case(
            migration().with(HARMLESS + statement + "/transactional", true),
            "spec.operations[2].sql",
            "transactional is for statements on PostgreSQL only"),
        new Case(
            migration().with(TRANSACTIONAL + "/sql/where", "EveryNode"),
            "spec.operations[1].sql",
            "where: EveryShard and EveryNode are for statements on ClickHouse only"),
        new Case(
            migration().with(HARMLESS + statement + "/onUnknown", "RollBackThenRepeat"),
            "spec.operations[2]",
            "onUnknown: RollBackThenRepeat needs a rollback with sql"),
        new Case(
            migration()
                .with(BY_STATEMENTS + "/rollback" + statement + "/onUnknown", "RollBackThenRepeat"),
            "spec.operations[0].rollback",
            "in a rollback, onUnknown can only be Repeat: a rollback must cope with being run more than once"),
        new Case(
            migration().with("/spec/restoreAlways/0/statements/0/onUnknown", "Fail"),
            "spec.restoreAlways[0]",
            "in restoreAlways, onUnknown can only be Repeat: it must cope with being run more than once"));
  }

  private static Stream<Case> copies() {
    String still =
        "mode: HardLink needs live: None or Pause, since nobody could tell the rows that arrive meanwhile from those that"
            + " share their files";
    String equal =
        "mode: HardLink moves whole partitions to a table of equal structure: leave out columns, leaveOut and chunkRows";
    Map<String, Object> links = Map.of("from", "t", "to", "n", "mode", "HardLink");
    Manifest valid = migration().with(COPY, links).with(COPY + "/live", "None");
    return Stream.of(
        new Case(migration().with(COPY, links), "spec.operations[14].copyTable", still),
        new Case(valid.with(COPY + "/live", "Rounds"), "spec.operations[14].copyTable", still),
        new Case(valid.with(COPY + "/chunkRows", 5), "spec.operations[14].copyTable", equal),
        new Case(
            valid.with(COPY + "/leaveOut", List.of("x")), "spec.operations[14].copyTable", equal),
        new Case(
            valid.with(COPY + "/columns", List.of(Map.of("name", "x", "expression", "1"))),
            "spec.operations[14].copyTable",
            equal));
  }

  private static Stream<Case> parameters() {
    return Stream.of(
        new Case(
            migration().without("/spec/parameters/1/defaultValue"),
            "spec.parameters[1]",
            "a parameter needs value or defaultValue"));
  }

  private static Stream<Case> verifications() {
    String tablesOrQuery = "verify needs exactly one of tables or query";
    String expectation = "a query needs exactly one of equals, atLeast or atMost";
    Manifest valid = migration();
    return Stream.of(
        new Case(
            valid.with(EQUAL_VALUE + "/verify", Map.of()),
            "spec.operations[4].verify",
            tablesOrQuery),
        new Case(
            valid.with(EQUAL_VALUE + "/verify/tables", valid.at(EQUAL_TABLES + "/verify/tables")),
            "spec.operations[4].verify",
            tablesOrQuery),
        new Case(
            valid.without(EQUAL_VALUE + "/verify/query/equals"),
            "spec.operations[4].verify.query",
            expectation),
        new Case(
            valid.with(EQUAL_VALUE + "/verify/query/atMost", 1),
            "spec.operations[4].verify.query",
            expectation));
  }

  private static Stream<Case> instances() {
    String byNameOrLabels =
        "worker needs exactly one of deployment (its name) or selector (labels that only it has)";
    return Stream.of(
        new Case(
            instance().with("/spec/clickhouse/nodes", List.of(Map.of("host", "a"))),
            "spec.clickhouse",
            "clickhouse needs at most one of cluster (nodes from system.clusters) or nodes (a list)"),
        new Case(instance().without("/spec/worker/deployment"), "spec.worker", byNameOrLabels),
        new Case(
            instance()
                .with("/spec/worker/selector", List.of(Map.of("key", "app", "value", "worker"))),
            "spec.worker",
            byNameOrLabels),
        new Case(
            instance().without("/spec/worker/cpu").without("/spec/worker/replicas"),
            "spec.worker",
            "worker needs replicas (horizontal scaling), cpu (vertical scaling) or both"));
  }

  private static Manifest migration() {
    return Manifest.named("migration.yaml");
  }

  private static Manifest instance() {
    return Manifest.named("instance.yaml");
  }
}
