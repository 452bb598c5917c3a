package com.posthog.asyncmigrations.core.preflight;

import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.PlannedOperation;
import com.posthog.asyncmigrations.core.plan.Step;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the operation that makes what a later one needs and is not there before the run. Statements
 * are text, so it is one that creates or renames something and speaks of the name.
 */
public record Makers(List<PlannedOperation> before) {
  private static final Pattern MAKES =
      Pattern.compile("\\b(CREATE|RENAME|ATTACH|EXCHANGE)\\b", Pattern.CASE_INSENSITIVE);

  /** Of these operations, which come first. */
  public Makers {
    before = List.copyOf(before);
  }

  /**
   * The last operation that makes a table; a Job may make anything.
   *
   * @param table its name, without a database
   */
  public Optional<String> of(String table) {
    Pattern name = Pattern.compile("(?<![\\w$])" + Pattern.quote(table) + "(?![\\w$])");
    return before.stream()
        .filter(o -> o.steps().stream().anyMatch(step -> makes(step, name)))
        .reduce((one, later) -> later)
        .map(PlannedOperation::name);
  }

  private static boolean makes(Step step, Pattern name) {
    if (step instanceof Step.ClickHouseStatement statement) {
      return makes(statement.sql(), name);
    }
    if (step instanceof Step.PostgresStatement statement) {
      return makes(statement.sql(), name);
    }
    return step instanceof Step.RunJob
        || (step instanceof ExchangeTables exchange && name.matcher(exchange.backup()).find());
  }

  private static boolean makes(String sql, Pattern name) {
    return MAKES.matcher(sql).find() && name.matcher(sql).find();
  }
}
