package com.posthog.asyncmigrations.telemetry;

import java.util.Optional;

/**
 * One migration, as it stands when it is measured.
 *
 * @param phase the word in its status
 * @param progress 0 to 100
 * @param operation index of the operation under way, where there is one
 * @param condition the type of the condition that holds, where there is one
 * @param reason of that condition
 * @param since Unix time in seconds from which that condition holds
 */
public record MigrationSample(
    String namespace,
    String name,
    String migration,
    String phase,
    int progress,
    Optional<Integer> operation,
    Optional<String> condition,
    String reason,
    long since) {}
