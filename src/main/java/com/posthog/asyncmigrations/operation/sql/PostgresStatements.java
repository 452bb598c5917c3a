package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.Ledger;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.PostgresProblems;
import com.posthog.asyncmigrations.postgres.StepName;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Runs statements on PostgreSQL.
 *
 * <p>A transactional one is sent together with its BEGIN, its ledger row and its COMMIT in one go.
 * From then on the server needs nobody: when the operator dies, the statement goes on and commits,
 * and the successor finds it first in {@code pg_stat_activity} by its name, and afterwards by the
 * row that committed with it.
 */
public final class PostgresStatements implements StepRunner<Step.PostgresStatement> {
  private final PostgresDatabase database;
  private final Backends backends;
  private final PostgresFlights sender;
  private final Recognition recognition;
  private final MigrationKey key;

  /** Runs the statements of one migration. */
  public PostgresStatements(
      PostgresDatabase database,
      Backends backends,
      Flights flights,
      Recognition recognition,
      MigrationKey key) {
    this.database = database;
    this.backends = backends;
    sender = new PostgresFlights(database, flights);
    this.recognition = recognition;
    this.key = key;
  }

  @Override
  public void submit(Intent intent, Step.PostgresStatement step, Runnable wake) {
    String effectId = intent.effectId();
    sender.launch(effectId, connection -> run(connection, effectId, step), wake);
  }

  @Override
  public EffectView observe(Intent intent, Step.PostgresStatement step, LeaseView.Held lease) {
    return recognition.of(intent, lease, () -> lookUp(intent.effectId(), step));
  }

  @Override
  public void kill(Intent intent, Step.PostgresStatement step) {
    backends.kill(StepName.of(intent.effectId()));
  }

  private EffectView run(Connection connection, String effectId, Step.PostgresStatement step)
      throws AnswerLost {
    PostgresText text =
        step.transactional()
            ? PostgresText.transactional(step, key, effectId)
            : PostgresText.alone(step);
    try {
      return new EffectView.Finished(text.execute(connection));
    } catch (SQLException failure) {
      return failed(connection, effectId, step, failure);
    }
  }

  private EffectView failed(
      Connection connection, String effectId, Step.PostgresStatement step, SQLException failure)
      throws AnswerLost {
    Problem problem = database.problem(failure);
    if (PostgresText.COMMITTED_BEFORE.equals(failure.getSQLState())) {
      return new EffectView.Finished(0);
    }
    if (!PostgresFlights.lost(connection)) {
      return new EffectView.Failed(problem); // refused, and the server is still there: rolled back
    }
    if (!step.transactional() || !PostgresProblems.saidByServer(failure)) {
      throw new AnswerLost(problem);
    }
    // The backend has taken its leave, perhaps between the commit and its answer.
    try {
      return database.ask(other -> Ledger.committed(other, effectId))
          ? new EffectView.Finished(0)
          : new EffectView.Failed(problem);
    } catch (ProblemException unanswered) {
      throw new AnswerLost(problem);
    }
  }

  /**
   * First the activity, then the ledger: a statement that commits between the two looks is seen.
   */
  private Lookup lookUp(String effectId, Step.PostgresStatement step) {
    try {
      if (backends.running(StepName.of(effectId))) {
        return new Lookup.Running(0, 0);
      }
      if (!step.transactional()) {
        return new Lookup.Absent(
            false, "it does not run, and outside a transaction it leaves no trace of its end");
      }
      return database.ask(connection -> Ledger.committed(connection, effectId))
          ? new Lookup.Finished(0)
          : new Lookup.Absent(true, "it does not run and has not committed");
    } catch (ProblemException unanswered) {
      return new Lookup.Unanswered(unanswered.problem());
    }
  }
}
