package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.StepRunner;
import com.posthog.asyncmigrations.operation.sql.PostgresFlights;
import com.posthog.asyncmigrations.postgres.Mark;
import java.sql.Connection;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies tables from PostgreSQL into ClickHouse, on the node of the intent. */
public final class CopiesFromPostgres implements StepRunner<Step.CopyFromPostgres> {
  private static final Logger LOG = LoggerFactory.getLogger(CopiesFromPostgres.class);

  private static final String KILL =
      "KILL QUERY WHERE startsWith(query_id, concat({id:String}, '-b')) ASYNC";

  private final ClickHouseCluster cluster;
  private final MarkedSteps marked;
  private final PostgresFlights sender;
  private final Clock clock;

  /** Copies for one migration. */
  public CopiesFromPostgres(ClickHouseCluster cluster, MarkedSteps marked, Clock clock) {
    this.cluster = cluster;
    this.marked = marked;
    sender = new PostgresFlights(marked.database(), marked.flights());
    this.clock = clock;
  }

  @Override
  public void submit(Intent intent, Step.CopyFromPostgres step, Runnable wake) {
    sender.launch(intent.effectId(), sql -> loop(intent, step, sql).run(), wake);
  }

  private BatchLoop loop(Intent intent, Step.CopyFromPostgres step, Connection sql) {
    BatchConnection connection = new BatchConnection(sql);
    Destinations destinations = Destinations.of(cluster, intent.node().address(), step.into());
    return new BatchLoop(
        marked,
        connection,
        clock,
        intent,
        new CopiedRows(connection, marked.marks(), intent, step, destinations));
  }

  @Override
  public EffectView observe(Intent intent, Step.CopyFromPostgres step, LeaseView.Held lease) {
    EffectView view = marked.observe(intent, lease);
    boolean ended =
        view instanceof EffectView.Rested
            || view instanceof EffectView.Failed
            || view instanceof EffectView.Unknown;
    return ended ? onItsWay(intent).orElse(view) : view;
  }

  /** A batch whose answer was lost may still be written: until it cannot, the step is not over. */
  private Optional<EffectView> onItsWay(Intent intent) {
    try {
      Optional<Mark> mark =
          marked.database().ask(connection -> marked.marks().read(connection, intent));
      return mark.flatMap(Mark::sending)
          .filter(batch -> mayCome(intent, batch))
          .map(
              batch ->
                  EffectView.Running.waiting(
                      mark.get().fraction(),
                      mark.get().changed(),
                      Optional.of(batchMayCome(batch))));
    } catch (ProblemException unanswered) {
      return Optional.of(new EffectView.Looking(unanswered.problem()));
    }
  }

  /** First the time, then the list: what is on the list later than that does nothing. */
  private boolean mayCome(Intent intent, Mark.Sending batch) {
    String address = intent.node().address();
    return Destination.now(cluster, address) <= batch.untilMillis()
        || Destination.runs(cluster, address, batch.queryId());
  }

  static Problem batchMayCome(Mark.Sending batch) {
    return new Problem(
        Reason.LookingForStatement,
        "rows up to key %s may still be on their way".formatted(batch.to()));
  }

  @Override
  public void rest(Intent intent, Step.CopyFromPostgres step) {
    marked.flights().rest(intent.effectId());
  }

  @Override
  public void kill(Intent intent, Step.CopyFromPostgres step) {
    marked.kill(intent);
    try {
      cluster.ask(intent.node().address(), KILL, Map.of("id", intent.effectId()));
    } catch (ProblemException unanswered) {
      LOG.warn(
          "No batch of {} was ended on ClickHouse: {}",
          intent.effectId(),
          unanswered.problem().message());
    }
  }
}
