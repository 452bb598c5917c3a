package com.posthog.asyncmigrations.core.plan;

import com.posthog.asyncmigrations.core.Problem;
import java.util.Optional;
import java.util.function.Predicate;

/** What became of a spec: a plan, or the problem with it. */
public sealed interface Compiled {

  /** It makes a plan. */
  record Valid(Plan plan) implements Compiled {}

  /** It makes none. */
  record Invalid(Problem problem) implements Compiled {}

  /** The plan, if there is one. */
  default Optional<Plan> asPlan() {
    return this instanceof Valid valid ? Optional.of(valid.plan()) : Optional.empty();
  }

  /** The problem, if there is one. */
  default Optional<Problem> asProblem() {
    return this instanceof Invalid invalid ? Optional.of(invalid.problem()) : Optional.empty();
  }

  /** Whether there is a plan and it is like this. */
  default boolean is(Predicate<Plan> like) {
    return asPlan().filter(like).isPresent();
  }
}
