/** Copies, kept current by a real API server. */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.watch;

import org.jspecify.annotations.NullMarked;
