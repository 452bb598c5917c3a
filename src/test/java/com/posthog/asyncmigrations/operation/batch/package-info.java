/** Batches, on real servers. */
@NullMarked
package com.posthog.asyncmigrations.operation.batch;

import org.jspecify.annotations.NullMarked;
