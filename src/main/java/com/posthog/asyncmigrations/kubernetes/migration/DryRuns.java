package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.check.Inquiries;
import com.posthog.asyncmigrations.check.Inquiries.Answered;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.check.Gate;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.plan.Plan;
import com.posthog.asyncmigrations.core.preflight.PlanReport;
import com.posthog.asyncmigrations.kubernetes.instance.Session;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks, apart from the passes, at what runs would do that nobody wants to start yet. Looks again
 * when the plan is another one, when a person raises the nonce, and every few minutes.
 */
public final class DryRuns implements AutoCloseable {
  private static final Duration SELDOM = Duration.ofMinutes(5);

  /** A server that was away may be back. */
  private static final Duration SOONER = Duration.ofMinutes(1);

  private final Inquiries<String, PlanReport> inquiries;
  private final Clock clock;

  /** Tells the time by this clock. */
  public DryRuns(Clock clock) {
    inquiries = new Inquiries<>("dry runs", clock);
    this.clock = clock;
  }

  /**
   * Whose run it would be.
   *
   * @param uid of the resource
   * @param instance whose servers are asked, by namespace and name
   */
  record Of(MigrationKey key, String uid, String instance) {}

  /** The plan itself: what only concerns how it is done is not in its hash. */
  private record Subject(Plan plan, int nonce, Session session) {}

  /** What was found last; what is too old is being found again. */
  Optional<PlanReport> newest(
      Of of, Session session, Desired desired, Recorded recorded, Runnable wake) {
    Optional<Plan> plan =
        desired
            .compiled()
            .asPlan()
            .filter(p -> desired.dryRun() && recorded.phase() == Phase.NOT_STARTED);
    if (plan.isEmpty()) {
      return Optional.empty();
    }
    Subject subject = new Subject(plan.get(), desired.retryNonce(), session);
    Optional<Answered<PlanReport>> newest = inquiries.newest(of.uid(), subject);
    boolean good =
        newest.filter(n -> n.at().plus(goodFor(n.answer())).isAfter(clock.instant())).isPresent();
    if (!good) {
      inquiries.begin(
          of.uid(), subject, of.instance(), before -> make(of.key(), session, plan.get()), wake);
    }
    return newest.map(Answered::answer);
  }

  private static Duration goodFor(PlanReport report) {
    boolean unanswered =
        report.problems().stream().anyMatch(p -> p.reason() == Reason.DatabaseUnreachable);
    return unanswered ? SOONER : SELDOM;
  }

  private PlanReport make(MigrationKey key, Session session, Plan plan) {
    PlanReport report = session.preflight(clock).make(plan);
    try {
      session.plans().write(key, report);
      return report.withoutChunks();
    } catch (ProblemException unwritten) {
      return report
          .withoutChunks()
          .besides(List.of(unwritten.problem().at("the complete report could not be written")));
    }
  }

  /** Why a run would not begin now, whatever its operations are. */
  static List<Problem> ofStart(Gate.Answer gate, Optional<Problem> trouble) {
    List<Problem> problems = new ArrayList<>();
    trouble.ifPresent(problems::add);
    gate.refusal().ifPresent(problems::add);
    gate.obstacle().filter(o -> o.reason() != Reason.Checking).ifPresent(problems::add);
    if (!gate.required()) {
      problems.add(
          new Problem(
              Reason.NotRequired,
              "requiredWhen answered false: a run would end at once, as completed"));
    }
    return problems;
  }

  /** Looks no more. */
  @Override
  public void close() {
    inquiries.close();
  }
}
