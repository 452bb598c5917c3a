package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.posthog.asyncmigrations.core.decide.OperationRecord;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Position;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.RecordedError;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What is remembered of a migration, in the variety that the ledger must keep. */
public final class Records {
  /** The migration that it is about. */
  public static final MigrationKey KEY = new MigrationKey("prod", "events", "0001_events");

  static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901Z");
  static final NodeRef NODE = new NodeRef("pg", "db:5432", "id", AT, AT.plusSeconds(5));

  private Records() {}

  /** The first step of the first operation, this time. */
  public static Position first(int tryNumber) {
    return new Position(Position.Stage.FORWARD, 0, 0, tryNumber);
  }

  /** What is recorded before the first step is started for the so-many-th time. */
  public static Intent intent(int tryNumber, long token) {
    String effectId = Intent.effectId("0001_events", "0a1b2c3d", 1, first(tryNumber), "pg");
    return new Intent(first(tryNumber), effectId, NODE, token, AT);
  }

  /** A run with this intent. */
  public static Recorded running(long revision, Position next, Optional<Intent> intent) {
    return recorded(revision, next, intent, List.of());
  }

  static Recorded recorded(
      long revision, Position next, Optional<Intent> intent, List<RecordedError> errors) {
    return new Recorded(
        revision,
        Phase.RUNNING,
        1,
        3,
        Optional.empty(),
        Optional.of(
            new Run(
                "0a1b2c3d",
                Optional.empty(),
                plan(),
                next,
                1,
                List.of(),
                Map.of(),
                intent,
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(OperationRecord.PENDING),
                errors,
                AT,
                Optional.empty())));
  }

  static RecordedError error(int number) {
    return new RecordedError(
        AT.plusSeconds(number), "op", new Problem(Reason.StatementFailed, "error " + number));
  }

  /** With everything that can be there. */
  static Recorded rich() {
    Problem problem = new Problem(Reason.Stopped, "as 'wanted' — \"so\"\n");
    WorkerSize size =
        new WorkerSize(Optional.of(3), Optional.of("500m"), Optional.empty(), Optional.of(1));
    Run run =
        new Run(
            "0a1b2c3d",
            Optional.empty(),
            plan(),
            first(2),
            1,
            List.of(),
            Map.of(),
            Optional.of(intent(2, 7)),
            Optional.of(new Run.Stop(Run.Stop.Kind.ERROR, problem)),
            Optional.of(new Run.Ending(Phase.ERRORED, problem, first(2), List.of())),
            2,
            Optional.of(4),
            Optional.of(
                new Workers(
                    "worker", "app", Optional.of("hpa"), size, size, Workers.State.SCALED, AT)),
            List.of(
                new Workers(
                    "ingestion",
                    "app",
                    Optional.empty(),
                    size,
                    size,
                    Workers.State.RECORDED,
                    AT,
                    Optional.of(AT.minusSeconds(5)))),
            List.of(
                new OperationRecord(
                    OperationRecord.State.FAILED,
                    Optional.of(AT),
                    Optional.empty(),
                    1L << 40,
                    2,
                    Optional.of("done"))),
            List.of(error(2), error(1)),
            AT,
            Optional.of(AT.plusSeconds(60)));
    return new Recorded(9, Phase.ERRORED, 2, 4, Optional.of(problem), Optional.of(run));
  }

  static Plan plan() {
    Map<String, String> one = Map.of("a", "1");
    Step clickHouse = new Step.ClickHouseStatement("SELECT 1", one, one, OnUnknown.REPEAT);
    Step postgres = new Step.PostgresStatement("SELECT 1", one, one, true, OnUnknown.FAIL);
    Step batches =
        new Step.BatchUpdate(
            "t",
            List.of("a", "b"),
            "SELECT 1",
            one,
            new Step.Pace(Duration.ofSeconds(2), 7, Duration.ofMillis(1)));
    Step copy =
        new Step.CopyFromPostgres(
            "t",
            List.of("a"),
            one,
            Optional.of("b > 1"),
            "u",
            one,
            new Step.Pace(Duration.ofMinutes(2), 7, Duration.ZERO));
    Step compare = new Step.CompareTables("a", "b", List.of("x", "y"), Optional.of("x > 1"), one);
    TableCopy tables = new TableCopy("t", "n", one, List.of("x"), true, 5, one, false);
    Step exchange = new ExchangeTables(tables, "before", false);
    Step hold =
        new Step.ScaleDeployment("ingestion", OptionalInt.of(0), Optional.of(Duration.ofHours(1)));
    Step mutate = new Step.Mutate("t", "DELETE WHERE n = {a:UInt8}", one, one);
    return new Plan(
        "0001_events",
        List.of(
            new PlannedOperation(
                "sql",
                PlannedOperation.Kind.SQL,
                List.of(clickHouse, postgres, batches, copy, exchange, hold),
                new Undo.By(List.of(new CopyTable(tables, true))),
                Duration.ofHours(36),
                5,
                Optional.empty(),
                "h1"),
            new PlannedOperation(
                "verify",
                PlannedOperation.Kind.VERIFY,
                List.of(compare, expect(Optional.of("1"), OptionalLong.empty()), mutate),
                new Undo.NotNeeded(),
                Duration.ofSeconds(90),
                1,
                Optional.empty(),
                "h2"),
            new PlannedOperation(
                "approve",
                PlannedOperation.Kind.APPROVAL,
                List.of(),
                new Undo.Irreversible(),
                Duration.ZERO,
                1,
                Optional.of("May it go on?"),
                "h3")),
        List.of(expect(Optional.empty(), OptionalLong.of(5))),
        "hash-of-all");
  }

  private static Step expect(Optional<String> equal, OptionalLong atLeast) {
    return new Step.ExpectValue(
        Step.DatabaseKind.POSTGRESQL,
        "SELECT 1",
        Map.of(),
        new Expectation(equal, atLeast, OptionalLong.empty()));
  }
}
