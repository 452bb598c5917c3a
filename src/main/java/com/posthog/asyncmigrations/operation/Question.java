package com.posthog.asyncmigrations.operation;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.QueryLookup;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;

/**
 * A query whose answer is judged here. The servers remember that it ended, but not what it found.
 */
public final class Question {
  private final QueryLookup servers;
  private final Flights flights;
  private final Recognition recognition;

  /** On this cluster. */
  public Question(ClickHouseCluster cluster, Flights flights, Recognition recognition) {
    servers = new QueryLookup(cluster);
    this.flights = flights;
    this.recognition = recognition;
  }

  /** A problem on the way to an answer is the verdict, unless it may pass by itself. */
  public static EffectView verdict(Problem onTheWay) throws AnswerLost {
    if (onTheWay.reason() == Reason.DatabaseUnreachable) {
      throw new AnswerLost(onTheWay);
    }
    return new EffectView.Failed(onTheWay);
  }

  /** Asks, and judges. */
  public void ask(Intent intent, Flights.Work askAndJudge, Runnable wake) {
    flights.launch(
        intent.effectId(),
        () -> {
          try {
            return askAndJudge.call();
          } catch (ProblemException e) {
            return verdict(e.problem());
          }
        },
        wake);
  }

  /** What is known of it; an answer that was not received is unknown. */
  public EffectView observe(Intent intent, LeaseView.Held lease) {
    EffectView view =
        recognition.of(intent, lease, () -> servers.find(intent.effectId(), intent.node()));
    if (!(view instanceof EffectView.Finished)) {
      return view;
    }
    // the answer may have come while the servers were asked
    return flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.Landed landed
        ? landed.view()
        : new EffectView.Unknown(
            new Problem(
                Reason.OutcomeUnknown, "the query has ended, but what it found was not received"));
  }

  /** Ends it on its server. */
  public void kill(Intent intent) {
    servers.kill(intent.effectId(), intent.node());
  }
}
