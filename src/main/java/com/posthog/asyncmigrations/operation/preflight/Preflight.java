package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.preflight.Makers;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook;
import com.posthog.asyncmigrations.core.preflight.PlanProblem;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.core.preflight.StepText;
import com.posthog.asyncmigrations.operation.batch.BatchPreviews;
import com.posthog.asyncmigrations.operation.copy.CopyPreviews;
import com.posthog.asyncmigrations.postgres.PlanReports;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Asks the databases of an instance what a run of a plan would do. Changes nothing there. */
public final class Preflight {
  private final ClickHouseCluster cluster;
  private final PostgresDatabase postgres;
  private final PlanReports reports;
  private final Clock clock;

  /** Of these databases. */
  public Preflight(
      ClickHouseCluster cluster, PostgresDatabase postgres, PlanReports reports, Clock clock) {
    this.cluster = cluster;
    this.postgres = postgres;
    this.reports = reports;
    this.clock = clock;
  }

  /** What is found. Never throws for a server's sake: that is a problem of the operation. */
  public PlanReport make(Plan plan) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Tables tables = new Tables(cluster, new BatchPreviews(postgres, cluster));
    List<PlanProblem> problems = new ArrayList<>();
    List<OperationOutlook> outlooks = new ArrayList<>();
    for (int i = 0; i < plan.operations().size(); i++) {
      PlannedOperation operation = plan.operations().get(i);
      Outlook outlook = new Outlook(operation);
      look(operation, new Makers(plan.operations().subList(0, i)), tables, outlook);
      problems.addAll(outlook.problems());
      outlooks.add(outlook.made());
    }
    return new PlanReport(plan.hash(), now, problems, outlooks);
  }

  private void look(PlannedOperation operation, Makers makers, Tables tables, Outlook outlook) {
    operation.question().ifPresent(q -> outlook.statements(List.of("ask a person: " + q)));
    CopyPreviews copies = new CopyPreviews(cluster, clock);
    tried(outlook, () -> privileges(operation, copies, outlook));
    Looks looks = new Looks(tables, makers, outlook, copies, reports::measuredRate);
    for (Step step : operation.steps()) {
      outlook.statements(step.fold(new StepText()));
      tried(outlook, () -> step.fold(looks));
    }
  }

  private void privileges(PlannedOperation operation, CopyPreviews copies, Outlook outlook) {
    NeededGrants needed = new NeededGrants(cluster.database(), copies::haveProjections);
    Set<Grant> grants =
        new TreeSet<>(Comparator.comparing(Grant::on).thenComparing(Grant::privilege));
    Stream.concat(operation.steps().stream(), operation.undo().steps().stream())
        .forEach(step -> grants.addAll(step.fold(needed)));
    if (!grants.isEmpty()) {
      Grants asked = new Grants(cluster);
      asked
          .readOnly()
          .ifPresentOrElse(outlook::problem, () -> asked.missing(grants).forEach(outlook::problem));
    }
  }

  /** What cannot be looked at is itself a problem. */
  private static void tried(Outlook outlook, Runnable look) {
    try {
      look.run();
    } catch (ProblemException refused) {
      outlook.problem(refused.problem());
    }
  }
}
