/**
 * Whether a migration may start, and may go on: what is asked of the world, and what the answers
 * mean.
 */
@NullMarked
package com.posthog.asyncmigrations.core.check;

import org.jspecify.annotations.NullMarked;
