package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.AsyncMigrationSpec;
import com.posthog.asyncmigrations.api.DesiredState;
import com.posthog.asyncmigrations.api.NameValue;
import com.posthog.asyncmigrations.api.OperationSpec;
import com.posthog.asyncmigrations.api.ParameterSpec;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.api.RollbackSpec;
import com.posthog.asyncmigrations.api.SqlOperation;
import com.posthog.asyncmigrations.api.StatementSpec;
import com.posthog.asyncmigrations.api.VerifyOperation;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Wish;
import com.posthog.asyncmigrations.core.plan.Bindings;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Parameter;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what is wanted from a spec; what the wire leaves out gets its meaning here. */
final class DesiredReader {
  private static final Map<String, String> NONE = Map.of();

  private DesiredReader() {}

  /**
   * What is wanted.
   *
   * @param ignoreVersion whether the installed version of PostHog is of no interest
   */
  static Desired read(
      AsyncMigrationSpec spec, PostHogInstanceSpec instance, boolean ignoreVersion) {
    Duration readyTimeout =
        Optional.ofNullable(instance.worker())
            .map(PostHogInstanceSpec.Worker::readyTimeout)
            .map(Durations::parse)
            .orElse(Desired.Policy.DEFAULT.readyTimeout());
    Desired.Policy policy = new Desired.Policy(true, true, Duration.ZERO, readyTimeout);
    List<Parameter> parameters =
        orEmpty(spec.parameters()).stream().map(DesiredReader::parameter).toList();
    Compiled compiled = compile(spec, parameters);
    Checks checks = Checks.NONE;
    try {
      checks = ChecksReader.read(spec, new Bindings(parameters), ignoreVersion);
    } catch (ProblemException refused) {
      compiled = new Compiled.Invalid(refused.problem());
    }
    return new Desired(wish(spec.desiredState()), 0, compiled, List.of(), policy, checks);
  }

  private static Wish wish(@Nullable DesiredState state) {
    if (state == null) {
      return Wish.IDLE;
    }
    return switch (state) {
      case Completed -> Wish.COMPLETED;
      case Stopped -> Wish.STOPPED;
      case RolledBack -> Wish.ROLLED_BACK;
    };
  }

  private static Compiled compile(AsyncMigrationSpec spec, List<Parameter> parameters) {
    return PlanCompiler.compile(
        spec.migration(),
        parameters,
        spec.operations().stream().map(DesiredReader::draft).toList(),
        List.of());
  }

  private static Parameter parameter(ParameterSpec spec) {
    Parameter.Type type =
        switch (spec.type()) {
          case String -> Parameter.Type.STRING;
          case Integer -> Parameter.Type.INTEGER;
          case Boolean -> Parameter.Type.BOOLEAN;
        };
    return new Parameter(
        spec.name(), type, spec.value() == null ? spec.defaultValue() : spec.value());
  }

  private static PlanCompiler.Draft draft(OperationSpec spec) {
    boolean sql = spec.sql() != null;
    return new PlanCompiler.Draft(
        spec.name(),
        sql ? Kind.SQL : Kind.VERIFY,
        sql ? statements(spec.sql()) : List.of(verification(spec.verify())),
        undo(spec.rollback()),
        Durations.parse(spec.timeout()),
        Optional.ofNullable(spec.weight()).orElse(1L));
  }

  private static Undo undo(@Nullable RollbackSpec spec) {
    if (spec == null || spec.notNeeded() != null) {
      return new Undo.NotNeeded();
    }
    return spec.sql() == null ? new Undo.Irreversible() : new Undo.By(statements(spec.sql()));
  }

  private static List<Step> statements(SqlOperation sql) {
    Map<String, String> settings = new TreeMap<>();
    orEmpty(sql.settings()).forEach((NameValue s) -> settings.put(s.name(), s.value()));
    return sql.statements().stream().map(statement -> statement(sql, statement, settings)).toList();
  }

  private static Step statement(
      SqlOperation sql, StatementSpec statement, Map<String, String> settings) {
    OnUnknown onUnknown = onUnknown(statement.onUnknown());
    return switch (sql.database()) {
      case ClickHouse -> new Step.ClickHouseStatement(statement.sql(), settings, NONE, onUnknown);
      case PostgreSQL ->
          new Step.PostgresStatement(
              statement.sql(),
              settings,
              NONE,
              !Boolean.FALSE.equals(statement.transactional()),
              onUnknown);
    };
  }

  private static OnUnknown onUnknown(StatementSpec.@Nullable OnUnknownSpec spec) {
    if (spec == null) {
      return OnUnknown.FAIL;
    }
    return switch (spec) {
      case Fail -> OnUnknown.FAIL;
      case Repeat -> OnUnknown.REPEAT;
      case RollBackThenRepeat -> OnUnknown.ROLL_BACK_THEN_REPEAT;
    };
  }

  private static Step verification(VerifyOperation verify) {
    if (verify.tables() != null) {
      VerifyOperation.Tables tables = verify.tables();
      return new Step.CompareTables(
          tables.source(),
          tables.target(),
          orEmpty(tables.columns()),
          Optional.ofNullable(tables.where()),
          NONE);
    }
    VerifyOperation.Query query = verify.query();
    Step.DatabaseKind database =
        switch (query.database()) {
          case ClickHouse -> Step.DatabaseKind.CLICKHOUSE;
          case PostgreSQL -> Step.DatabaseKind.POSTGRESQL;
        };
    return new Step.ExpectValue(
        database,
        query.sql(),
        NONE,
        new Step.Expectation(
            Optional.ofNullable(query.equals()), bound(query.atLeast()), bound(query.atMost())));
  }

  private static OptionalLong bound(@Nullable Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
