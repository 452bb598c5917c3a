/** Copies a ClickHouse table into one of another shape, while it is in use, each row once. */
@NullMarked
package com.posthog.asyncmigrations.operation.copy;

import org.jspecify.annotations.NullMarked;
