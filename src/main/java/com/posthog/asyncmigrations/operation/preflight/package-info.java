/** Looks at databases for what a run of a plan would meet there, and changes nothing. */
@NullMarked
package com.posthog.asyncmigrations.operation.preflight;

import org.jspecify.annotations.NullMarked;
