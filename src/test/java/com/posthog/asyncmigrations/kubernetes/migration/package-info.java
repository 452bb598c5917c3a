/** What is read from specs, and written into statuses. */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.migration;

import org.jspecify.annotations.NullMarked;
