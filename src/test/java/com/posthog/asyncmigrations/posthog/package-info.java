/** PostHog's own tables, as PostHog makes them, on a real PostgreSQL. */
@NullMarked
package com.posthog.asyncmigrations.posthog;

import org.jspecify.annotations.NullMarked;
