/** PostHog's own tables in PostgreSQL: read, and written as PostHog would, but never altered. */
@NullMarked
package com.posthog.asyncmigrations.posthog;

import org.jspecify.annotations.NullMarked;
