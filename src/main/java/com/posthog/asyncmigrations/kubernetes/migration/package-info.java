/**
 * The AsyncMigration resource: read into values, one pass over it, and its status and Events
 * written.
 */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.migration;

import org.jspecify.annotations.NullMarked;
