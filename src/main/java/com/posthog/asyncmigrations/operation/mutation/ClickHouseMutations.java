package com.posthog.asyncmigrations.operation.mutation;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.Mutations;
import com.posthog.asyncmigrations.clickhouse.QueryLookup;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Lookup;
import com.posthog.asyncmigrations.core.plan.MutationText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Runs mutations on the node of their intent. The ALTER is answered as soon as the mutation is
 * accepted; what the servers list tells the rest. A mutation is found again by the mark in its
 * command, and its ALTER by the query id, which is the same.
 */
public final class ClickHouseMutations implements StepRunner<Step.Mutate> {
  private final ClickHouseCluster cluster;
  private final QueryLookup servers;
  private final Mutations mutations;
  private final Flights flights;
  private final Recognition recognition;

  /** On this cluster. */
  public ClickHouseMutations(ClickHouseCluster cluster, Flights flights, Recognition recognition) {
    this.cluster = cluster;
    servers = new QueryLookup(cluster);
    mutations = new Mutations(cluster, Recognition.ON_ITS_WAY);
    this.flights = flights;
    this.recognition = recognition;
  }

  @Override
  public void submit(Intent intent, Step.Mutate step, Runnable wake) {
    flights.launch(intent.effectId(), () -> alter(intent, step), wake);
  }

  private EffectView alter(Intent intent, Step.Mutate step) throws AnswerLost {
    Map<String, String> settings = new TreeMap<>(step.settings());
    settings.put("mutations_sync", "0");
    try {
      cluster.run(
          intent.node().address(),
          "ALTER TABLE %s %s"
              .formatted(
                  table(step).sql(), new MutationText(step.command()).marked(intent.effectId())),
          intent.effectId(),
          settings,
          step.parameters());
      return new EffectView.Running(0, 0);
    } catch (ProblemException e) {
      return new EffectView.Failed(e.problem());
    }
  }

  @Override
  public EffectView observe(Intent intent, Step.Mutate step, LeaseView.Held lease) {
    if (flights.stateOf(intent.effectId()).orElse(null) instanceof Flights.State.Landed landed) {
      return landed.view() instanceof EffectView.Finished
          ? landed.view()
          : afterAnswer(intent, landed.view(), find(intent, step));
    }
    return recognition.of(intent, lease, () -> find(intent, step));
  }

  /** A mutation can have been accepted although the ALTER was answered with an error. */
  private EffectView afterAnswer(Intent intent, EffectView answer, Lookup found) {
    if (found instanceof Lookup.Running running) {
      return EffectView.Running.failing(running.fraction(), running.rows(), running.failing());
    }
    if (found instanceof Lookup.Finished finished) {
      EffectView end = new EffectView.Finished(finished.rows());
      flights.end(intent.effectId(), end); // the servers may forget it before it is recorded
      return end;
    }
    if (found instanceof Lookup.Unanswered unanswered) {
      return new EffectView.Looking(unanswered.problem());
    }
    if (answer instanceof EffectView.Failed) {
      return answer;
    }
    return found instanceof Lookup.Failed failed
        ? new EffectView.Failed(failed.problem())
        : new EffectView.Unknown(new Problem(Reason.OutcomeUnknown, ((Lookup.Absent) found).why()));
  }

  /**
   * The list before the ALTER, which it outlives, and again after it, since it may have been
   * accepted between the two looks.
   */
  private Lookup find(Intent intent, Step.Mutate step) {
    Mutations.Sought sought = sought(intent, step);
    try {
      Optional<Lookup> listed = mutations.find(sought, intent.node());
      if (listed.isPresent()) {
        return listed.get();
      }
      Lookup alter = servers.find(intent.effectId(), intent.node());
      if (alter instanceof Lookup.Running) {
        return new Lookup.Running(0, 0);
      }
      if (alter instanceof Lookup.Absent || alter instanceof Lookup.Unanswered) {
        return alter;
      }
      Optional<Lookup> accepted = mutations.find(sought, intent.node());
      if (accepted.isPresent()) {
        return accepted.get();
      }
      return alter instanceof Lookup.Failed
          ? alter
          : mutations.gone(sought, intent.node(), intent.effectId());
    } catch (ProblemException e) {
      return new Lookup.Unanswered(e.problem());
    }
  }

  /** The ALTER where it has not been answered, and the mutation where it was accepted. */
  @Override
  public void kill(Intent intent, Step.Mutate step) {
    servers.kill(intent.effectId(), intent.node());
    mutations.kill(sought(intent, step), intent.node());
  }

  private Mutations.Sought sought(Intent intent, Step.Mutate step) {
    TableName table = table(step);
    MutationText text = new MutationText(step.command());
    Instant sent = intent.node().seen();
    return new Mutations.Sought(
        table.database(),
        table.name(),
        sent,
        text.writes(),
        commands -> text.isIn(commands, intent.effectId()));
  }

  private TableName table(Step.Mutate step) {
    return TableName.of(step.table(), cluster.database());
  }
}
