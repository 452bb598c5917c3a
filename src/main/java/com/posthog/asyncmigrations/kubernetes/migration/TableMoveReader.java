package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.CopyTableOperation;
import com.posthog.asyncmigrations.api.ExchangeTablesOperation;
import com.posthog.asyncmigrations.api.OperationSpec;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.TableCopy;
import com.posthog.asyncmigrations.core.plan.Undo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the operations that copy tables and exchange them. */
record TableMoveReader(List<OperationSpec> operations) {
  private static final long CHUNK_ROWS = 20_000_000;

  /** The step of an operation of these kinds. */
  Optional<Step> step(OperationSpec spec) {
    return step(spec, false);
  }

  /** How such an operation is undone: it knows itself. */
  Optional<Undo> undo(OperationSpec spec) {
    return step(spec, true).map(step -> new Undo.By(List.of(step)));
  }

  private Optional<Step> step(OperationSpec spec, boolean undo) {
    if (spec.copyTable() != null) {
      new PauseCheck(operations).require(spec.name(), spec.copyTable());
      return Optional.of(new CopyTable(copy(spec.copyTable()), undo));
    }
    return spec.exchangeTables() == null
        ? Optional.empty()
        : Optional.of(exchange(spec, spec.exchangeTables(), undo));
  }

  private Step exchange(OperationSpec spec, ExchangeTablesOperation exchange, boolean undo) {
    CopyTableOperation of =
        operations.stream()
            .takeWhile(before -> !before.name().equals(spec.name()))
            .flatMap(before -> Stream.ofNullable(before.copyTable()))
            .filter(c -> c.from().equals(exchange.table()) && c.to().equals(exchange.with()))
            .findFirst()
            .orElseThrow(
                () ->
                    new ProblemException(
                        new Problem(
                            Reason.InvalidPlan,
                            "operation %s: exchangeTables needs a copyTable from %s to %s before it"
                                .formatted(spec.name(), exchange.table(), exchange.with()))));
    return new ExchangeTables(copy(of), exchange.backup(), undo);
  }

  private static TableCopy copy(CopyTableOperation spec) {
    Map<String, String> columns = new TreeMap<>();
    orEmpty(spec.columns()).forEach(column -> columns.put(column.name(), column.expression()));
    Map<String, String> settings = new TreeMap<>();
    orEmpty(spec.settings()).forEach(setting -> settings.put(setting.name(), setting.value()));
    return new TableCopy(
        spec.from(),
        spec.to(),
        columns,
        orEmpty(spec.leaveOut()),
        spec.live() == null || spec.live() == CopyTableOperation.Live.Rounds,
        Optional.ofNullable(spec.chunkRows()).orElse(CHUNK_ROWS),
        settings,
        spec.mode() == CopyTableOperation.Mode.HardLink);
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
