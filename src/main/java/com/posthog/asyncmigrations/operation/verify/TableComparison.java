package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.clickhouse.ClickHouseCluster;
import com.posthog.asyncmigrations.clickhouse.TableName;
import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Question;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Compares two tables, as multisets of rows: by their counts, and by a sum of hashes that no order
 * changes.
 */
public final class TableComparison implements StepRunner<Step.CompareTables> {
  private static final String COLUMNS =
      """
      SELECT name, type, default_kind IN ('', 'DEFAULT', 'MATERIALIZED') FROM system.columns
      WHERE database = {database:String} AND table = {table:String} AND default_kind != 'EPHEMERAL'
      ORDER BY position
      """;

  private static final Side NOTHING = new Side(0, "0");

  private final ClickHouseCluster cluster;
  private final Question question;

  /** On this cluster. */
  public TableComparison(ClickHouseCluster cluster, Flights flights, Recognition recognition) {
    this.cluster = cluster;
    question = new Question(cluster, flights, recognition);
  }

  private record Column(String type, boolean stored) {}

  private record Side(long rows, String hash) {}

  @Override
  public void submit(Intent intent, Step.CompareTables step, Runnable wake) {
    question.ask(intent, () -> judge(intent, step), wake);
  }

  private EffectView judge(Intent intent, Step.CompareTables step) throws AnswerLost {
    TableName source = named(step.source());
    TableName target = named(step.target());
    List<ComparedColumn> columns = columns(intent, step, source, target);
    String where = step.where().map(condition -> " WHERE (\n" + condition + "\n)").orElse("");
    String sql =
        select("source", source, columns, ComparedColumn::source, where)
            + "\nUNION ALL\n"
            + select("target", target, columns, ComparedColumn::target, where);
    Map<String, Side> sides =
        cluster
            .read(
                intent.node().address(),
                sql,
                intent.effectId(),
                cluster.allRows(intent.node().address()),
                step.parameters())
            .rows()
            .stream()
            .collect(
                Collectors.toMap(
                    row -> row.get(0), row -> new Side(Long.parseLong(row.get(1)), row.get(2))));
    return verdict(
        source,
        sides.getOrDefault("source", NOTHING),
        target,
        sides.getOrDefault("target", NOTHING));
  }

  private TableName named(String table) {
    try {
      return TableName.of(table, cluster.database());
    } catch (ProblemException unnamed) {
      throw refused(unnamed.problem().message());
    }
  }

  private static EffectView verdict(TableName source, Side there, TableName target, Side here) {
    if (there.rows() != here.rows()) {
      return Verdict.failed(
          "%s has %d rows, and %s has %d".formatted(source, there.rows(), target, here.rows()));
    }
    if (!there.hash().equals(here.hash())) {
      return Verdict.failed(
          "%s and %s have %d rows each, but their contents differ"
              .formatted(source, target, there.rows()));
    }
    return new EffectView.Finished(there.rows());
  }

  private static String select(
      String side,
      TableName table,
      List<ComparedColumn> columns,
      Function<ComparedColumn, String> expression,
      String where) {
    String hashed = columns.stream().map(expression).collect(Collectors.joining(", "));
    return "SELECT '%s', count(), sum(cityHash64(tuple(%s))) FROM %s%s"
        .formatted(side, hashed, table.sql(), where);
  }

  private List<ComparedColumn> columns(
      Intent intent, Step.CompareTables step, TableName source, TableName target) {
    Map<String, Column> there = columnsOf(intent, source);
    Map<String, Column> here = columnsOf(intent, target);
    List<String> names =
        step.columns().isEmpty()
            ? there.keySet().stream()
                .filter(name -> existing(there, name, source).stored())
                .toList()
            : step.columns();
    return names.stream()
        .map(
            name ->
                new ComparedColumn(
                    name,
                    existing(there, name, source).type(),
                    existing(here, name, target).type()))
        .toList();
  }

  private Map<String, Column> columnsOf(Intent intent, TableName table) {
    Map<String, Column> columns = new LinkedHashMap<>();
    cluster
        .ask(intent.node().address(), COLUMNS, table.parameters())
        .forEach(row -> columns.put(row.get(0), new Column(row.get(1), row.get(2).equals("1"))));
    if (columns.isEmpty()) {
      throw refused("there is no table " + table);
    }
    return columns;
  }

  private static Column existing(Map<String, Column> columns, String name, TableName table) {
    Column column = columns.get(name);
    if (column == null) {
      throw refused("%s has no column %s".formatted(table, name));
    }
    return column;
  }

  private static ProblemException refused(String message) {
    return new ProblemException(new Problem(Reason.VerificationFailed, message));
  }

  @Override
  public EffectView observe(Intent intent, Step.CompareTables step, LeaseView.Held lease) {
    return question.observe(intent, lease);
  }

  @Override
  public void kill(Intent intent, Step.CompareTables step) {
    question.kill(intent);
  }
}
