package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Question;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.BoundQuery;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.StepName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * A query on PostgreSQL whose answer is judged here. Only the process that asked has the answer.
 */
public final class PostgresQuestion {
  private final PostgresDatabase database;
  private final Backends backends;
  private final PostgresFlights sender;
  private final Recognition recognition;

  /** On this database. */
  public PostgresQuestion(
      PostgresDatabase database, Backends backends, Flights flights, Recognition recognition) {
    this.database = database;
    this.backends = backends;
    sender = new PostgresFlights(database, flights);
    this.recognition = recognition;
  }

  /** Asks, and judges the rows; the operation has a timeout of its own. */
  public void ask(
      Intent intent,
      BoundQuery query,
      Function<List<List<String>>, EffectView> judge,
      Runnable wake) {
    sender.launch(intent.effectId(), connection -> answer(connection, query, judge), wake);
  }

  private EffectView answer(
      Connection connection, BoundQuery query, Function<List<List<String>>, EffectView> judge)
      throws AnswerLost {
    try {
      return judge.apply(query.rows(connection, Duration.ZERO));
    } catch (ProblemException onTheWay) {
      return Question.verdict(onTheWay.problem());
    } catch (SQLException failure) {
      Problem problem = database.problem(failure);
      if (PostgresFlights.lost(connection)) {
        throw new AnswerLost(problem);
      }
      return new EffectView.Failed(problem);
    }
  }

  /** What is known of it. */
  public EffectView observe(Intent intent, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> lookUp(intent.effectId()));
  }

  /** Ends it on its server. */
  public void kill(Intent intent) {
    backends.kill(StepName.of(intent.effectId()));
  }

  /**
   * The server does not notice that its client has died before it has something to tell it: so the
   * query of a predecessor may still be there.
   */
  private Lookup lookUp(String effectId) {
    try {
      return backends.running(StepName.of(effectId))
          ? new Lookup.Running(0, 0)
          : new Lookup.Absent(false, "the process that had asked is gone, and the answer with it");
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }
}
