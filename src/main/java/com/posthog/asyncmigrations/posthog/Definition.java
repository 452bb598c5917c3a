package com.posthog.asyncmigrations.posthog;

import java.util.Optional;

/**
 * What a row that PostHog has not made itself says of its migration.
 *
 * @param description at most 400 characters
 * @param minVersion of PostHog, at most 20 characters
 * @param maxVersion of PostHog, at most 20 characters
 */
public record Definition(
    Optional<String> description, Optional<String> minVersion, Optional<String> maxVersion) {}
