package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Problem;
import java.time.Instant;

/** An error of a run. Operation: the name of the one it belongs to, or empty. */
public record RecordedError(Instant at, String operation, Problem problem) {}
