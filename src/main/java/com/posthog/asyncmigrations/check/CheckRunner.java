package com.posthog.asyncmigrations.check;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.ClickHouseNode;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Check;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.check.Finding;
import com.posthog.asyncmigrations.core.check.Finding.Kind;
import com.posthog.asyncmigrations.core.check.Gate.Stage;
import com.posthog.asyncmigrations.core.check.Judge;
import com.posthog.asyncmigrations.core.check.Measured;
import com.posthog.asyncmigrations.core.check.Verdict;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.ReadOnlyQuery;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Makes the checks of one stage on the databases of an instance. Changes nothing there. */
public final class CheckRunner {
  /** How long a question may take. */
  private static final Duration LIMIT = Duration.ofSeconds(8);

  /** When no further check of a stage is begun. */
  private static final Duration ALL = Duration.ofSeconds(30);

  private static final String POSTGRES_VERSION = "SHOW server_version";

  private final ClickHouseCluster clickHouse;
  private final PostgresDatabase postgres;
  private final ClickHouseProbes probes;
  private final Clock clock;

  /** On these databases. */
  public CheckRunner(ClickHouseCluster clickHouse, PostgresDatabase postgres, Clock clock) {
    this.clickHouse = clickHouse;
    this.postgres = postgres;
    probes = new ClickHouseProbes(clickHouse);
    this.clock = clock;
  }

  /** What is found. Never throws for a server's sake, and ends within a minute. */
  public List<Finding> make(Stage stage, Checks checks) {
    Instant end = clock.instant().plus(ALL);
    return switch (stage) {
      case REQUIREMENT -> checks.requiredWhen().map(this::requirement).stream().toList();
      case SERVICES -> checks.serviceVersions().stream().map(this::serviceVersion).toList();
      case CHECKS ->
          Stream.concat(
                  checks.prechecks().stream().map(c -> check(Kind.PRECHECK, c, end)),
                  checks.healthchecks().stream().map(c -> check(Kind.HEALTHCHECK, c, end)))
              .toList();
      case HEALTH ->
          checks.healthchecks().stream().map(c -> check(Kind.HEALTHCHECK, c, end)).toList();
    };
  }

  private Finding requirement(Checks.Requirement asked) {
    Verdict verdict =
        verdict(
            Kind.REQUIREMENT,
            "",
            () ->
                Verdict.ofRequirement(
                    value(asked.database(), asked.sql(), asked.parameters(), false)
                        .get(0)
                        .value()));
    return found(Kind.REQUIREMENT, "requiredWhen", verdict);
  }

  private Finding serviceVersion(Checks.ServiceVersion asked) {
    Verdict verdict =
        verdict(
            Kind.SERVICE_VERSION,
            asked.range().toString(),
            () -> Verdict.ofServers(asked.range(), servers(asked.service())));
    String name =
        switch (asked.service()) {
          case CLICKHOUSE -> "ClickHouse";
          case POSTGRESQL -> "PostgreSQL";
        };
    return found(Kind.SERVICE_VERSION, name, verdict);
  }

  private Finding check(Kind kind, Check check, Instant end) {
    String wouldPass = "an answer";
    if (clock.instant().isAfter(end)) {
      Problem late =
          new Problem(
              Reason.StatementTimedOut,
              "the checks before it took more than %d s".formatted(ALL.toSeconds()));
      return found(kind, check.name(), Verdict.of(kind, late, wouldPass));
    }
    return found(
        kind, check.name(), verdict(kind, wouldPass, () -> check.fold(new Measuring(kind))));
  }

  /** Measures, and judges. */
  private final class Measuring implements Check.Cases<Verdict> {
    private final Kind kind;
    private final Judge judge;

    Measuring(Kind kind) {
      this.kind = kind;
      judge = new Judge(kind);
    }

    @Override
    public Verdict query(Check.Query check) {
      return Verdict.ofAnswers(
          kind,
          check.expectation(),
          value(check.database(), check.sql(), check.parameters(), check.everyNode()));
    }

    @Override
    public Verdict diskSpace(Check.DiskSpace check) {
      return judge.of(check, probes.spaces(check.table()));
    }

    @Override
    public Verdict pendingMutations(Check.PendingMutations check) {
      return judge.of(check, probes.unfinishedMutations(check.table()));
    }

    @Override
    public Verdict replicaLag(Check.ReplicaLag check) {
      return judge.of(check, probes.replicas(check.table()));
    }

    @Override
    public Verdict mergesBacklog(Check.MergesBacklog check) {
      return judge.of(check, probes.backlogs(check.table()));
    }
  }

  private List<Measured.Value> value(
      Step.DatabaseKind database, String sql, Map<String, String> parameters, boolean everyNode) {
    return switch (database) {
      case POSTGRESQL ->
          List.of(
              new Measured.Value(
                  "PostgreSQL", new ReadOnlyQuery(postgres).firstValue(sql, parameters, LIMIT)));
      case CLICKHOUSE ->
          clickHouse.nodes().stream()
              .limit(everyNode ? Long.MAX_VALUE : 1)
              .map(ClickHouseNode::address)
              .map(
                  node ->
                      new Measured.Value(
                          node.text(),
                          clickHouse.askReadOnly(node.text(), sql, parameters, LIMIT).stream()
                              .findFirst()
                              .map(row -> row.get(0))))
              .toList();
    };
  }

  private List<Measured.Server> servers(Step.DatabaseKind service) {
    return switch (service) {
      case CLICKHOUSE ->
          clickHouse.refresh().stream()
              .map(node -> new Measured.Server(node.address().text(), node.version()))
              .toList();
      case POSTGRESQL ->
          List.of(
              new Measured.Server(
                  "PostgreSQL",
                  new ReadOnlyQuery(postgres)
                      .firstValue(POSTGRES_VERSION, Map.of(), LIMIT)
                      .orElse("")));
    };
  }

  private static Verdict verdict(Kind kind, String wouldPass, Supplier<Verdict> ask) {
    try {
      return ask.get();
    } catch (ProblemException unanswered) {
      return Verdict.of(kind, unanswered.problem(), wouldPass);
    }
  }

  private Finding found(Kind kind, String name, Verdict verdict) {
    return new Finding(kind, name, verdict, clock.instant());
  }
}
