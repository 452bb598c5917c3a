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

  /**
   * Of these parameters.
   *
   * @throws ProblemException when one is declared twice, or its value is not of its type
   */
  public Bindings(List<Parameter> parameters) {
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

  /**
   * The values of the parameters that a text uses.
   *
   * @param where the text is, for people
   * @throws ProblemException when one is not declared
   */
  Map<String, String> values(String where, List<String> names) {
    Map<String, String> values = new TreeMap<>();
    for (String name : names) {
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
