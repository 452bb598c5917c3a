package com.posthog.asyncmigrations.core.decide;

import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One row of the phase table: in this phase, when that is so, this is done, and then the migration
 * stands there.
 *
 * @param from the phase
 * @param event the name of the row
 * @param to the phase after it; the same one where nothing but waiting or acting is done
 * @param when the guard; of the rows of a phase the first whose guard holds counts
 * @param then the decision
 */
record Transition(
    Phase from, Event event, Phase to, Predicate<Facts> when, Function<Facts, Decision> then) {}
