package com.posthog.asyncmigrations.kubernetes.migration;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.Details;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.ErrorStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.IntentStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.api.CheckStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.decide.Part;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a status small, however much there is to tell: what people need last is told shorter first.
 * What a run is restored from is never cut.
 */
final class StatusBudget {
  /** In bytes of JSON. */
  static final int MOST = 16 * 1024;

  private static final int ALL = Integer.MAX_VALUE;
  private static final int CURRENT_ONLY = 0;

  private static final List<Detail> DETAILS =
      List.of(
          new Detail(
              ALL, CURRENT_ONLY, ALL, 200, ALL, ALL, ALL, new PlanRenderer(10, 20, 3, 5, 300)),
          new Detail(ALL, CURRENT_ONLY, ALL, 200, 5, 10, 10, new PlanRenderer(10, 10, 2, 3, 200)),
          new Detail(300, 3, 5, 100, 5, 5, 5, new PlanRenderer(5, 5, 1, 2, 150)),
          new Detail(100, 1, 3, 50, 1, 1, 1, new PlanRenderer(2, 2, 1, 1, 100)));

  private static final KubernetesSerialization JSON =
      new KubernetesSerialization(new ObjectMapper(), false);

  private StatusBudget() {}

  /**
   * How much is told.
   *
   * @param text characters of the newest error, of a condition, of an output
   * @param outputs distance from the current operation up to which outputs are shown
   * @param errors how many, newest first
   * @param olderText characters of the older errors
   * @param checks how many, those that did not pass first
   * @param operations how many, around the current one
   * @param targets how many, those that have not finished first
   * @param plan how much of what a dry run has found
   */
  private record Detail(
      int text,
      int outputs,
      int errors,
      int olderText,
      int checks,
      int operations,
      int targets,
      PlanRenderer plan) {

    AsyncMigrationStatus of(AsyncMigrationStatus whole) {
      Details details = whole.details();
      int current = Optional.ofNullable(whole.currentOperationIndex()).orElse(0);
      return whole.with(
          new Details(
              details.progress(),
              details.currentQueryId(),
              details.throughput(),
              details.eta(),
              intent(details.intent()),
              operations(details.operations(), current),
              errors(details.errors()),
              first(checks, details.checks(), this::check),
              details.plan() == null ? null : plan.cut(details.plan()),
              first(ALL, details.conditions(), this::condition)));
    }

    private @Nullable IntentStatus intent(@Nullable IntentStatus intent) {
      return intent == null || intent.targets() == null
          ? intent
          : new IntentStatus(
              intent.stage(),
              intent.operation(),
              intent.statement(),
              intent.tryNumber(),
              intent.queryId(),
              intent.node(),
              intent.targets().stream()
                  .sorted(Comparator.comparing(t -> t.state().equals(Part.State.FINISHED.word())))
                  .limit(targets)
                  .toList(),
              intent.token(),
              intent.at());
    }

    private @Nullable List<OperationStatus> operations(
        @Nullable List<OperationStatus> window, int current) {
      return window == null
          ? null
          : window.stream()
              .sorted(Comparator.comparing(o -> Math.abs(o.index() - current)))
              .limit(operations)
              .sorted(Comparator.comparing(OperationStatus::index))
              .map(o -> operation(o, Math.abs(o.index() - current) <= outputs))
              .toList();
    }

    private OperationStatus operation(OperationStatus whole, boolean near) {
      return new OperationStatus(
          whole.index(),
          whole.name(),
          whole.state(),
          whole.startedAt(),
          whole.finishedAt(),
          whole.rows(),
          whole.tries(),
          near ? cut(whole.output(), text) : null,
          whole.items(),
          whole.itemsFinished());
    }

    private @Nullable List<ErrorStatus> errors(@Nullable List<ErrorStatus> whole) {
      if (whole == null) {
        return null;
      }
      List<ErrorStatus> shown = new ArrayList<>();
      for (ErrorStatus error : whole.subList(0, Math.min(errors, whole.size()))) {
        int most = shown.isEmpty() ? text : olderText;
        shown.add(
            new ErrorStatus(
                error.at(), error.operation(), error.reason(), cut(error.message(), most)));
      }
      return shown;
    }

    private CheckStatus check(CheckStatus whole) {
      return new CheckStatus(
          whole.kind(),
          whole.name(),
          whole.result(),
          cut(whole.found(), text),
          cut(whole.wouldPass(), text),
          whole.at());
    }

    private ConditionStatus condition(ConditionStatus whole) {
      return new ConditionStatus(
          whole.type(),
          whole.status(),
          whole.reason(),
          cut(whole.message(), text),
          whole.lastTransitionTime(),
          whole.observedGeneration());
    }
  }

  /** The status, or as much of it as is within the budget. */
  static AsyncMigrationStatus fit(AsyncMigrationStatus whole) {
    AsyncMigrationStatus fitting = whole;
    for (int i = 0; i < DETAILS.size() && bytes(fitting) > MOST; i++) {
      fitting = DETAILS.get(i).of(whole);
    }
    return fitting;
  }

  /** How long it is on the wire. */
  static int bytes(AsyncMigrationStatus status) {
    return JSON.asJson(status).getBytes(StandardCharsets.UTF_8).length;
  }

  private static @Nullable String cut(@Nullable String text, int longest) {
    return text == null ? null : Excerpt.of(text, longest);
  }

  private static <T> @Nullable List<T> first(int most, @Nullable List<T> all, Function<T, T> map) {
    return all == null ? null : all.stream().limit(most).map(map).toList();
  }
}
