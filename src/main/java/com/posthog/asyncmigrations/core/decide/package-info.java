/**
 * What happens next: the phases, their transitions as one table, and the decision of one pass.
 * Pure: facts in, a decision out.
 */
@NullMarked
package com.posthog.asyncmigrations.core.decide;

import org.jspecify.annotations.NullMarked;
