/** What PostHog's own row of a migration should say, and whose the row is (contracts, 8). Pure. */
@NullMarked
package com.posthog.asyncmigrations.core.mirror;

import org.jspecify.annotations.NullMarked;
