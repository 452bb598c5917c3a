package com.posthog.asyncmigrations.core.plan;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Compiles what a spec asks for into a plan: parameters checked and bound, everything hashed. */
public final class PlanCompiler {
  private final Bindings bindings;

  private PlanCompiler(Bindings bindings) {
    this.bindings = bindings;
  }

  /** An operation as it was asked for, its steps not yet bound to parameters. */
  public record Draft(
      String name,
      Kind kind,
      List<Step> steps,
      Undo undo,
      Duration timeout,
      long weight,
      Optional<String> question) {}

  /** The plan, or the first problem with what was asked for. */
  public static Compiled compile(
      String migration, List<Parameter> parameters, List<Draft> drafts, List<Step> restoreAlways) {
    try {
      Bindings bindings = new Bindings(parameters);
      return new Compiled.Valid(new PlanCompiler(bindings).plan(migration, drafts, restoreAlways));
    } catch (ProblemException refused) {
      return new Compiled.Invalid(refused.problem());
    }
  }

  private Plan plan(String migration, List<Draft> drafts, List<Step> restoreAlways) {
    List<PlannedOperation> operations = new ArrayList<>();
    Fingerprint whole = new Fingerprint().add(migration);
    Set<String> names = new HashSet<>();
    for (Draft draft : drafts) {
      if (!names.add(draft.name())) {
        throw refuse(
            "spec.operations: found two operations %s; a name must be used once only",
            draft.name());
      }
      PlannedOperation operation = operation(draft);
      operations.add(operation);
      whole
          .add(operation.hash())
          .add(operation.timeout().toString())
          .add(Long.toString(operation.weight()));
      operation.steps().forEach(step -> step.adjustable().ifPresent(whole::add));
    }
    List<Step> restore = bind("restoreAlways", restoreAlways);
    return new Plan(migration, operations, restore, whole.add(restore).hex());
  }

  private PlannedOperation operation(Draft draft) {
    List<Step> steps = bind("operation " + draft.name(), draft.steps());
    Undo undo =
        draft.undo() instanceof Undo.By by
            ? new Undo.By(bind("rollback of " + draft.name(), by.steps()))
            : draft.undo();
    if (draft.timeout().isZero() || draft.timeout().isNegative()) {
      throw refuse("operation %s: timeout must be more than nothing", draft.name());
    }
    boolean repeatsAfterUndo =
        steps.stream().anyMatch(step -> step.onUnknown() == OnUnknown.ROLL_BACK_THEN_REPEAT);
    if (repeatsAfterUndo && undo.steps().isEmpty()) {
      throw refuse(
          "operation %s: onUnknown RollBackThenRepeat needs a rollback with statements, but it has none",
          draft.name());
    }
    String hash = hash(draft, steps, undo);
    return new PlannedOperation(
        draft.name(),
        draft.kind(),
        steps,
        undo,
        draft.timeout(),
        draft.weight(),
        draft.question(),
        hash);
  }

  private static String hash(Draft draft, List<Step> steps, Undo undo) {
    Fingerprint hash = new Fingerprint().add(draft.name()).add(draft.kind().name());
    draft.question().ifPresent(hash::add);
    return hash.add(steps).add(undo).hex();
  }

  private List<Step> bind(String where, List<Step> steps) {
    Bindings scoped = bindings.besides(where, columns(steps));
    return steps.stream().map(step -> step.fold(new Binder(where, scoped))).toList();
  }

  /** What the items of a list bring with them, each time other values. */
  private static List<String> columns(List<Step> steps) {
    return !steps.isEmpty() && steps.get(0) instanceof Step.ListItems list
        ? list.columns()
        : List.of();
  }

  private final class Binder implements Step.Cases<Step> {
    private final String where;
    private final Bindings scoped;

    Binder(String where, Bindings scoped) {
      this.where = where;
      this.scoped = scoped;
    }

    @Override
    public Step clickHouse(Step.ClickHouseStatement step) {
      if (SqlText.silencesQueryLog(step.sql())) {
        throw refuse(
            "%s sets log_queries: the query log is where a statement is found again", where);
      }
      return new Step.ClickHouseStatement(
          step.sql(),
          new TreeMap<>(step.settings()),
          scoped.values(where, SqlText.parameters(step.sql())),
          step.onUnknown(),
          step.on());
    }

    @Override
    public Step postgres(Step.PostgresStatement step) {
      if (step.transactional() && SqlText.controlsTransaction(step.sql())) {
        throw refuse(
            "%s begins or ends a transaction: a statement commits together with its ledger row;"
                + " say transactional: false for what cannot run in a transaction",
            where);
      }
      return new Step.PostgresStatement(
          step.sql(),
          new TreeMap<>(step.settings()),
          scoped.values(where, SqlText.postgresParameters(step.sql())),
          step.transactional(),
          step.onUnknown());
    }

    @Override
    public Step batchUpdate(Step.BatchUpdate step) {
      if (!SqlText.takesBatch(step.sql())) {
        throw refuse(
            "%s: sql must have {batch} where the rows of one batch are chosen, outside of quotes",
            where);
      }
      if (SqlText.controlsTransaction(step.sql())) {
        throw refuse(
            "%s begins or ends a transaction: a batch commits together with its mark", where);
      }
      refuseOwnNames(SqlText.postgresParameters(step.sql()));
      refuseTwice(step.key());
      return new Step.BatchUpdate(
          step.table(),
          step.key(),
          step.sql(),
          scoped.values(where, SqlText.postgresParameters(step.sql())),
          step.how());
    }

    @Override
    public Step copy(CopyTable step) {
      return step;
    }

    @Override
    public Step exchange(ExchangeTables step) {
      return step;
    }

    @Override
    public Step copyFromPostgres(Step.CopyFromPostgres step) {
      List<String> names = new ArrayList<>();
      step.columns().values().forEach(from -> names.addAll(SqlText.postgresParameters(from)));
      step.where().ifPresent(condition -> names.addAll(SqlText.postgresParameters(condition)));
      refuseOwnNames(names);
      refuseTwice(step.key());
      return new Step.CopyFromPostgres(
          step.table(),
          step.key(),
          new TreeMap<>(step.columns()),
          step.where(),
          step.into(),
          scoped.values(where, names),
          step.how());
    }

    private void refuseOwnNames(List<String> names) {
      for (String name : names) {
        if (name.startsWith("batch_")) {
          throw refuse(
              "%s uses the parameter {%s}: what begins with batch_ is the batch's own",
              where, name);
        }
      }
    }

    private void refuseTwice(List<String> key) {
      if (new HashSet<>(key).size() < key.size()) {
        throw refuse("%s: key has a column twice: %s", where, key);
      }
    }

    @Override
    public Step compare(Step.CompareTables step) {
      return new Step.CompareTables(
          step.source(),
          step.target(),
          step.columns(),
          step.where(),
          scoped.values(where, SqlText.parameters(step.where().orElse(""))));
    }

    @Override
    public Step expect(Step.ExpectValue step) {
      return new Step.ExpectValue(
          step.database(),
          step.sql(),
          scoped.values(where, step.database(), step.sql()),
          step.expectation());
    }

    @Override
    public Step list(Step.ListItems step) {
      return new Step.ListItems(
          step.database(),
          step.sql(),
          bindings.values(where, step.database(), step.sql()),
          step.columns());
    }

    @Override
    public Step scale(Step.ScaleDeployment step) {
      return step;
    }

    @Override
    public Step job(Step.RunJob step) {
      return step;
    }

    @Override
    public Step mutate(Step.Mutate step) {
      new MutationText(step.command())
          .refusal()
          .ifPresent(
              why -> {
                throw refuse("%s: mutation.command: %s", where, why);
              });
      if (step.settings().containsKey("mutations_sync")) {
        throw refuse(
            "%s: mutation.settings: found mutations_sync; leave it out, the mutation is followed in any"
                + " case",
            where);
      }
      return new Step.Mutate(
          step.table(),
          step.command(),
          new TreeMap<>(step.settings()),
          scoped.values(where, SqlText.parameters(step.command())));
    }
  }

  private static ProblemException refuse(String message, Object... with) {
    return new ProblemException(new Problem(Reason.InvalidPlan, message.formatted(with)));
  }
}
