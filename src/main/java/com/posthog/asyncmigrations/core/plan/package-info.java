/**
 * What a migration does, compiled once: operations, their statements, how they are undone, and the
 * hash of it all.
 */
@NullMarked
package com.posthog.asyncmigrations.core.plan;

import org.jspecify.annotations.NullMarked;
