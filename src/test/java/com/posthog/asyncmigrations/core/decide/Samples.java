package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Values that tests of the decisions are made of. */
final class Samples {
  static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  static final NodeRef NODE = new NodeRef("s1r1", "ch:8123", "uuid", NOW.minusSeconds(1), NOW);
  static final Servers SERVERS = new Servers("database/nodes", List.of("uuid"), "database");
  static final Undo UNDO = new Undo.By(List.of(statement("undo", OnUnknown.REPEAT)));
  static final Undo NO_UNDO = new Undo.NotNeeded();
  static final Undo IRREVERSIBLE = new Undo.Irreversible();

  private Samples() {}

  static Problem problem() {
    return new Problem(Reason.StatementFailed, "as the test wants it");
  }

  static Problem problem(Reason reason) {
    return new Problem(reason, "as the test wants it");
  }

  static Step statement(String sql, OnUnknown onUnknown) {
    return new Step.ClickHouseStatement(sql, Map.of(), Map.of(), onUnknown);
  }

  static PlanCompiler.Draft sql(String name, Undo undo, OnUnknown... steps) {
    List<Step> statements =
        Arrays.stream(steps).map(onUnknown -> statement(name, onUnknown)).toList();
    return new PlanCompiler.Draft(
        name, Kind.SQL, statements, undo, Duration.ofHours(2), 1, Optional.empty());
  }

  static PlanCompiler.Draft onEveryNode(String name, Undo undo, OnUnknown... steps) {
    List<Step> statements =
        Arrays.stream(steps)
            .<Step>map(
                onUnknown ->
                    new Step.ClickHouseStatement(
                        name, Map.of(), Map.of(), onUnknown, Step.Target.EVERY_NODE))
            .toList();
    return new PlanCompiler.Draft(
        name, Kind.SQL, statements, undo, Duration.ofHours(2), 1, Optional.empty());
  }

  /** One step that rests. */
  static PlanCompiler.Draft inBatches(String name, Undo undo) {
    Step step =
        new Step.BatchUpdate(
            "posthog_person",
            List.of("id"),
            "UPDATE posthog_person SET x = 1 WHERE {batch}",
            Map.of(),
            new Step.Pace(Duration.ofSeconds(2), 1_000_000, Duration.ZERO));
    return new PlanCompiler.Draft(
        name, Kind.SQL, List.of(step), undo, Duration.ofHours(2), 1, Optional.empty());
  }

  /** One step that must not be left as it is once it is half done. */
  static PlanCompiler.Draft exchange(String name, Undo undo) {
    TableCopy copy = new TableCopy("t", "n", Map.of(), List.of(), true, 1_000, Map.of());
    Step step = new ExchangeTables(copy, "before", false);
    return new PlanCompiler.Draft(
        name, Kind.SQL, List.of(step), undo, Duration.ofHours(2), 1, Optional.empty());
  }

  /** Its statements run for each item of a list. */
  static PlanCompiler.Draft forEach(String name, Undo undo, OnUnknown... steps) {
    List<Step> all = new ArrayList<>();
    all.add(new Step.ListItems(Step.DatabaseKind.CLICKHOUSE, name, Map.of(), List.of("partition")));
    all.addAll(sql(name, undo, steps).steps());
    return new PlanCompiler.Draft(
        name, Kind.SQL, all, undo, Duration.ofHours(2), 1, Optional.empty());
  }

  static PlanCompiler.Draft approval(String name) {
    return new PlanCompiler.Draft(
        name,
        Kind.APPROVAL,
        List.of(),
        NO_UNDO,
        Duration.ofHours(2),
        1,
        Optional.of("May it go on?"));
  }

  static Compiled compiled(PlanCompiler.Draft... drafts) {
    return PlanCompiler.compile("0001_test", List.of(), List.of(drafts), List.of());
  }

  static Plan plan(PlanCompiler.Draft... drafts) {
    return compiled(drafts).asPlan().orElseThrow();
  }

  static Workers workers(Workers.State state) {
    return new Workers("posthog-worker", "worker", Optional.empty(), size(2), size(5), state, NOW);
  }

  /** Another Deployment, which the run has scaled to nothing. */
  static Workers ingestion(Workers.State state) {
    return new Workers("ingestion", "app", Optional.empty(), size(3), size(0), state, NOW);
  }

  static PlanCompiler.Draft scale(String name, OptionalInt replicas) {
    return scale(name, replicas, Optional.empty());
  }

  static PlanCompiler.Draft scale(String name, OptionalInt replicas, Optional<Duration> longest) {
    Undo undo =
        replicas.isPresent()
            ? new Undo.By(List.of(Step.ScaleDeployment.restoring("ingestion")))
            : NO_UNDO;
    return new PlanCompiler.Draft(
        name,
        Kind.SCALE_DEPLOYMENT,
        List.of(new Step.ScaleDeployment("ingestion", replicas, longest)),
        undo,
        Duration.ofHours(2),
        1,
        Optional.empty());
  }

  static WorkerSize size(int replicas) {
    return new WorkerSize(
        Optional.of(replicas), Optional.empty(), Optional.empty(), Optional.empty());
  }
}
