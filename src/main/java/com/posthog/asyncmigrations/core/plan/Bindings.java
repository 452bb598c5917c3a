package com.posthog.asyncmigrations.core.plan;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The declared parameters, with the values that statements and checks are bound to. */
public final class Bindings {
  private final Map<String, Parameter> declared = new HashMap<>();
  private final List<String> given;

  /**
   * Of these parameters.
   *
   * @throws ProblemException when one is declared twice, or its value is not of its type
   */
  public Bindings(List<Parameter> parameters) {
    given = List.of();
    for (Parameter parameter : parameters) {
      if (declared.put(parameter.name(), parameter) != null) {
        throw new ProblemException(
            new Problem(
                Reason.InvalidPlan,
                "spec.parameters: %s is there twice".formatted(parameter.name())));
      }
      parameter
          .check()
          .ifPresent(
              wrong -> {
                throw new ProblemException(wrong);
              });
    }
  }

  private Bindings(Map<String, Parameter> declared, List<String> given) {
    this.declared.putAll(declared);
    this.given = List.copyOf(given);
  }

  /**
   * The same for texts that are given some values at another time.
   *
   * @param columns what those values are called
   * @throws ProblemException when one of them is a parameter too
   */
  Bindings besides(String where, List<String> columns) {
    for (String column : columns) {
      if (declared.containsKey(column)) {
        throw new ProblemException(
            new Problem(
                Reason.InvalidPlan,
                "%s: forEach has a column %s, and spec.parameters has a parameter of that name"
                    .formatted(where, column)));
      }
    }
    return new Bindings(declared, columns);
  }

  /**
   * The values of the parameters that a text uses.
   *
   * @param where the text is, for people
   * @throws ProblemException when one is not declared
   */
  Map<String, String> values(String where, List<String> names) {
    Map<String, String> values = new TreeMap<>();
    for (String name : names) {
      if (given.contains(name)) {
        continue;
      }
      Parameter parameter = declared.get(name);
      if (parameter == null) {
        throw new ProblemException(
            new Problem(
                Reason.InvalidPlan,
                "%s uses the parameter {%s}, which spec.parameters does not declare (declared: %s)"
                    .formatted(where, name, declared.keySet().stream().sorted().toList())));
      }
      values.put(name, parameter.value());
    }
    return values;
  }

  /** The values of the parameters that a query uses, by the rules of its database. */
  public Map<String, String> values(String where, Step.DatabaseKind database, String sql) {
    return values(
        where,
        switch (database) {
          case CLICKHOUSE -> SqlText.parameters(sql);
          case POSTGRESQL -> SqlText.postgresParameters(sql);
        });
  }
}
