package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.ApprovalOperation;
import com.posthog.asyncmigrations.api.ApprovalSpec;
import com.posthog.asyncmigrations.api.AsyncMigrationSpec;
import com.posthog.asyncmigrations.api.Database;
import com.posthog.asyncmigrations.api.DesiredState;
import com.posthog.asyncmigrations.api.ForEachSpec;
import com.posthog.asyncmigrations.api.JobOperation;
import com.posthog.asyncmigrations.api.MutationOperation;
import com.posthog.asyncmigrations.api.NameValue;
import com.posthog.asyncmigrations.api.OperationSpec;
import com.posthog.asyncmigrations.api.ParameterSpec;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Settings;
import com.posthog.asyncmigrations.api.PostHogTables;
import com.posthog.asyncmigrations.api.RestoreSpec;
import com.posthog.asyncmigrations.api.RollbackSpec;
import com.posthog.asyncmigrations.api.ScaleDeploymentOperation;
import com.posthog.asyncmigrations.api.SqlOperation;
import com.posthog.asyncmigrations.api.StatementSpec;
import com.posthog.asyncmigrations.api.VerifyOperation;
import com.posthog.asyncmigrations.api.VersionWindowSpec;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.check.Checks;
import com.posthog.asyncmigrations.core.decide.Desired;
import com.posthog.asyncmigrations.core.decide.Wish;
import com.posthog.asyncmigrations.core.mirror.MirrorMode;
import com.posthog.asyncmigrations.core.plan.Bindings;
import com.posthog.asyncmigrations.core.plan.Compiled;
import com.posthog.asyncmigrations.core.plan.Expectation;
import com.posthog.asyncmigrations.core.plan.OnUnknown;
import com.posthog.asyncmigrations.core.plan.Parameter;
import com.posthog.asyncmigrations.core.plan.PlanCompiler;
import com.posthog.asyncmigrations.core.plan.PlannedOperation.Kind;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;
import com.posthog.asyncmigrations.posthog.Definition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what is wanted from a spec; what the wire leaves out gets its meaning here. */
final class DesiredReader {
  private static final Map<String, String> NONE = Map.of();

  private DesiredReader() {}

  static Desired read(AsyncMigrationSpec spec, PostHogInstanceSpec instance) {
    Settings settings = SettingsReader.settings(instance);
    List<Parameter> parameters =
        orEmpty(spec.parameters()).stream().map(DesiredReader::parameter).toList();
    Compiled compiled = compile(spec, parameters, Durations.parse(settings.defaultTimeout()));
    Checks checks = Checks.NONE;
    try {
      checks = ChecksReader.read(spec, new Bindings(parameters), settings.ignorePosthogVersion());
    } catch (ProblemException refused) {
      compiled = new Compiled.Invalid(refused.problem());
    }
    Desired desired =
        new Desired(
            wish(spec.desiredState(), settings),
            Optional.ofNullable(spec.retryNonce()).orElse(0),
            compiled,
            orEmpty(spec.approvals()).stream().map(DesiredReader::approval).toList(),
            SettingsReader.policy(instance),
            checks);
    return Boolean.TRUE.equals(spec.dryRun()) ? desired.asDryRun() : desired;
  }

  /** When PostHog's own tables are written. */
  static MirrorMode mirrorMode(AsyncMigrationSpec spec) {
    return switch (Optional.ofNullable(spec.posthogTables()).orElse(PostHogTables.AtEnd)) {
      case AtEnd -> MirrorMode.AT_END;
      case WhileRunning -> MirrorMode.WHILE_RUNNING;
      case Off -> MirrorMode.OFF;
    };
  }

  /** What PostHog's row says of a migration that PostHog itself does not know. */
  static Definition definition(AsyncMigrationSpec spec) {
    Optional<VersionWindowSpec> versions = Optional.ofNullable(spec.posthogVersions());
    return new Definition(
        Optional.ofNullable(spec.description()),
        versions.map(VersionWindowSpec::min),
        versions.map(VersionWindowSpec::max));
  }

  private static Wish wish(@Nullable DesiredState state, Settings settings) {
    if (state == null) {
      return settings.autoStart() ? Wish.COMPLETED : Wish.IDLE;
    }
    return switch (state) {
      case Idle -> Wish.IDLE;
      case Completed -> Wish.COMPLETED;
      case Paused -> Wish.PAUSED;
      case Stopped -> Wish.STOPPED;
      case RolledBack -> Wish.ROLLED_BACK;
    };
  }

  private static Desired.Approval approval(ApprovalSpec spec) {
    return new Desired.Approval(
        spec.operation(),
        spec.planHash(),
        spec.decision() == ApprovalSpec.Choice.Approve,
        Optional.ofNullable(spec.comment()).orElse(""));
  }

  private static Compiled compile(
      AsyncMigrationSpec spec, List<Parameter> parameters, Duration defaultTimeout) {
    try {
      return PlanCompiler.compile(
          spec.migration(),
          parameters,
          spec.operations().stream()
              .map(o -> draft(o, new TableMoveReader(spec.operations()), defaultTimeout))
              .toList(),
          orEmpty(spec.restoreAlways()).stream().flatMap(DesiredReader::restoring).toList());
    } catch (ProblemException refused) {
      return new Compiled.Invalid(refused.problem());
    }
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

  private static PlanCompiler.Draft draft(
      OperationSpec spec, TableMoveReader moves, Duration defaultTimeout) {
    Optional<String> question =
        Optional.ofNullable(spec.approval()).map(ApprovalOperation::question);
    boolean holds = spec.scaleDeployment() != null && spec.scaleDeployment().replicas() != null;
    Undo undo =
        holds
            ? putBack(spec.scaleDeployment())
            : moves.undo(spec).orElseGet(() -> undo(spec.rollback()));
    return new PlanCompiler.Draft(
        spec.name(),
        kind(spec),
        moves.step(spec).map(List::of).orElseGet(() -> steps(spec)),
        undo,
        spec.timeout() == null ? defaultTimeout : Durations.parse(spec.timeout()),
        Optional.ofNullable(spec.weight()).orElse(1L),
        question);
  }

  private static Kind kind(OperationSpec spec) {
    if (spec.sql() != null) {
      return Kind.SQL;
    }
    if (spec.batchUpdate() != null) {
      return Kind.BATCH_UPDATE;
    }
    if (spec.copyFromPostgres() != null) {
      return Kind.COPY_FROM_POSTGRES;
    }
    if (spec.verify() != null) {
      return Kind.VERIFY;
    }
    if (spec.scaleDeployment() != null) {
      return Kind.SCALE_DEPLOYMENT;
    }
    if (spec.mutation() != null) {
      return Kind.MUTATION;
    }
    if (spec.copyTable() != null) {
      return Kind.COPY_TABLE;
    }
    if (spec.exchangeTables() != null) {
      return Kind.EXCHANGE_TABLES;
    }
    return spec.job() != null ? Kind.JOB : Kind.APPROVAL;
  }

  private static List<Step> steps(OperationSpec spec) {
    return switch (kind(spec)) {
      case SQL -> statements(spec.sql());
      case BATCH_UPDATE -> List.of(BatchReader.batchUpdate(spec.batchUpdate()));
      case COPY_FROM_POSTGRES -> List.of(BatchReader.copy(spec.copyFromPostgres()));
      case VERIFY -> List.of(verification(spec.verify()));
      case SCALE_DEPLOYMENT -> List.of(scaling(spec.scaleDeployment()));
      case JOB -> List.of(job(spec.job()));
      case MUTATION -> List.of(mutation(spec.mutation()));
      case APPROVAL, COPY_TABLE, EXCHANGE_TABLES -> List.of();
    };
  }

  private static Step scaling(ScaleDeploymentOperation scale) {
    return new Step.ScaleDeployment(
        scale.deployment(),
        scale.replicas() == null ? OptionalInt.empty() : OptionalInt.of(scale.replicas()),
        Optional.ofNullable(scale.longest()).map(Durations::parse));
  }

  private static Undo putBack(ScaleDeploymentOperation scale) {
    return new Undo.By(List.of(Step.ScaleDeployment.restoring(scale.deployment())));
  }

  private static Step job(JobOperation job) {
    return new Step.RunJob(job.template().toString(), Optional.ofNullable(job.retries()).orElse(0));
  }

  private static Step mutation(MutationOperation mutation) {
    return new Step.Mutate(
        mutation.table(), mutation.command(), settings(mutation.settings()), NONE);
  }

  private static Map<String, String> settings(@Nullable List<NameValue> given) {
    Map<String, String> settings = new TreeMap<>();
    orEmpty(given).forEach((NameValue s) -> settings.put(s.name(), s.value()));
    return settings;
  }

  private static Undo undo(@Nullable RollbackSpec spec) {
    if (spec == null || spec.notNeeded() != null) {
      return new Undo.NotNeeded();
    }
    if (spec.job() != null) {
      return new Undo.By(List.of(job(spec.job())));
    }
    return spec.sql() == null ? new Undo.Irreversible() : new Undo.By(statements(spec.sql()));
  }

  private static List<Step> statements(SqlOperation sql) {
    Map<String, String> settings = settings(sql.settings());
    Stream<Step> list = Stream.ofNullable(sql.forEach()).map(DesiredReader::list);
    Stream<Step> statements =
        sql.statements().stream().map(statement -> statement(sql, statement, settings));
    return Stream.concat(list, statements).toList();
  }

  private static Stream<Step> restoring(RestoreSpec r) {
    return statements(new SqlOperation(r.database(), r.where(), null, r.settings(), r.statements()))
        .stream();
  }

  private static Step list(ForEachSpec each) {
    return new Step.ListItems(kind(each.database()), each.sql(), NONE, each.columns());
  }

  private static Step.DatabaseKind kind(Database database) {
    return switch (database) {
      case ClickHouse -> Step.DatabaseKind.CLICKHOUSE;
      case PostgreSQL -> Step.DatabaseKind.POSTGRESQL;
    };
  }

  private static Step statement(
      SqlOperation sql, StatementSpec statement, Map<String, String> settings) {
    OnUnknown onUnknown = onUnknown(statement.onUnknown());
    return switch (sql.database()) {
      case ClickHouse ->
          new Step.ClickHouseStatement(
              statement.sql(), settings, NONE, onUnknown, target(sql.where()));
      case PostgreSQL ->
          new Step.PostgresStatement(
              statement.sql(),
              settings,
              NONE,
              !Boolean.FALSE.equals(statement.transactional()),
              onUnknown);
    };
  }

  private static Step.Target target(SqlOperation.@Nullable Target on) {
    if (on == null) {
      return Step.Target.ONE_NODE;
    }
    return switch (on) {
      case OneNode -> Step.Target.ONE_NODE;
      case EveryShard -> Step.Target.EVERY_SHARD;
      case EveryNode -> Step.Target.EVERY_NODE;
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
    return new Step.ExpectValue(
        kind(query.database()),
        query.sql(),
        NONE,
        new Expectation(
            Optional.ofNullable(query.equals()), bound(query.atLeast()), bound(query.atMost())));
  }

  private static OptionalLong bound(@Nullable Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
