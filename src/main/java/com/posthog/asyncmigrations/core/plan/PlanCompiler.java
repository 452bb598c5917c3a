package com.posthog.asyncmigrations.core.plan;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Compiles what a spec asks for into a plan: parameters checked and bound, everything hashed. */
public final class PlanCompiler {
  private final Map<String, Parameter> declared;

  private PlanCompiler(List<Parameter> parameters) {
    declared = parameters.stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
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
      Set<String> names = new HashSet<>();
      for (Parameter parameter : parameters) {
        if (!names.add(parameter.name())) {
          throw refuse("spec.parameters: %s is there twice", parameter.name());
        }
        Optional<Problem> wrong = parameter.check();
        if (wrong.isPresent()) {
          return new Compiled.Invalid(wrong.get());
        }
      }
      return new Compiled.Valid(
          new PlanCompiler(parameters).plan(migration, drafts, restoreAlways));
    } catch (Refused refused) {
      return new Compiled.Invalid(refused.problem);
    }
  }

  private Plan plan(String migration, List<Draft> drafts, List<Step> restoreAlways) {
    List<PlannedOperation> operations = new ArrayList<>();
    Fingerprint whole = new Fingerprint().add(migration);
    for (Draft draft : drafts) {
      PlannedOperation operation = operation(draft);
      operations.add(operation);
      whole
          .add(operation.hash())
          .add(operation.timeout().toString())
          .add(Long.toString(operation.weight()));
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
    List<String> columns = columns(where, steps);
    return steps.stream().map(step -> step.fold(new Binder(where, columns))).toList();
  }

  /** What the items of a list bring with them, each time other values. */
  private List<String> columns(String where, List<Step> steps) {
    if (steps.isEmpty() || !(steps.get(0) instanceof Step.ListItems list)) {
      return List.of();
    }
    for (String column : list.columns()) {
      if (declared.containsKey(column)) {
        throw refuse(
            "%s: forEach has a column %s, and spec.parameters has a parameter of that name",
            where, column);
      }
    }
    return list.columns();
  }

  private Map<String, String> values(String where, List<String> names, List<String> given) {
    Map<String, String> values = new TreeMap<>();
    for (String name : names) {
      if (given.contains(name)) {
        continue;
      }
      Parameter parameter = declared.get(name);
      if (parameter == null) {
        throw refuse(
            "%s uses the parameter {%s}, which spec.parameters does not declare (declared: %s)",
            where, name, declared.keySet().stream().sorted().toList());
      }
      values.put(name, parameter.value());
    }
    return values;
  }

  private final class Binder implements Step.Cases<Step> {
    private final String where;
    private final List<String> columns;

    Binder(String where, List<String> columns) {
      this.where = where;
      this.columns = columns;
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
          values(where, SqlText.parameters(step.sql()), columns),
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
          values(where, SqlText.postgresParameters(step.sql()), columns),
          step.transactional(),
          step.onUnknown());
    }

    @Override
    public Step compare(Step.CompareTables step) {
      return new Step.CompareTables(
          step.source(),
          step.target(),
          step.columns(),
          step.where(),
          values(where, SqlText.parameters(step.where().orElse("")), columns));
    }

    @Override
    public Step expect(Step.ExpectValue step) {
      return new Step.ExpectValue(
          step.database(),
          step.sql(),
          values(where, names(step.database(), step.sql()), columns),
          step.expectation());
    }

    @Override
    public Step list(Step.ListItems step) {
      return new Step.ListItems(
          step.database(),
          step.sql(),
          values(where, names(step.database(), step.sql()), List.of()),
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

    private static List<String> names(Step.DatabaseKind database, String sql) {
      return switch (database) {
        case CLICKHOUSE -> SqlText.parameters(sql);
        case POSTGRESQL -> SqlText.postgresParameters(sql);
      };
    }
  }

  private static Refused refuse(String message, Object... with) {
    return new Refused(new Problem(Reason.InvalidPlan, message.formatted(with)));
  }

  /** Ends the compilation from within; never leaves this class. */
  private static final class Refused extends RuntimeException {
    private final transient Problem problem;

    Refused(Problem problem) {
      super(problem.message());
      this.problem = problem;
    }
  }
}
