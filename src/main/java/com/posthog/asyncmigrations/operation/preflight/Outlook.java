package com.posthog.asyncmigrations.operation.preflight;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.preflight.Movement;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook;
import com.posthog.asyncmigrations.core.preflight.OperationOutlook.ChunkOutlook;
import com.posthog.asyncmigrations.core.preflight.PlanProblem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is found of one operation, until all of it is. */
final class Outlook {
  /** More are counted, and not kept. */
  private static final int MOST_CHUNKS = 10_000;

  private final PlannedOperation operation;
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final List<String> views = new ArrayList<>();
  private final List<String> notMadeYet = new ArrayList<>();
  private final List<String> statements = new ArrayList<>();
  private final List<ChunkOutlook> chunks = new ArrayList<>();
  private Optional<Movement> moves = Optional.empty();

  Outlook(PlannedOperation operation) {
    this.operation = operation;
  }

  void problem(Problem problem) {
    problems.add(problem);
  }

  void moves(Movement movement) {
    moves = Optional.of(movement);
  }

  void views(List<String> fired) {
    views.addAll(fired);
  }

  void notMadeYet(String check) {
    notMadeYet.add(check);
  }

  void statements(List<String> more) {
    statements.addAll(more);
  }

  void chunks(List<ChunkOutlook> more) {
    more.stream().limit(Math.max(0, MOST_CHUNKS - chunks.size())).forEach(chunks::add);
  }

  List<PlanProblem> problems() {
    return problems.stream().map(p -> PlanProblem.of(operation.name(), p)).toList();
  }

  OperationOutlook made() {
    return new OperationOutlook(
        operation.name(), operation.kind(), moves, views, notMadeYet, statements, chunks);
  }
}
