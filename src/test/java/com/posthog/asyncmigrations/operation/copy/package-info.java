/** Copies of tables, on a real server. */
@NullMarked
package com.posthog.asyncmigrations.operation.copy;

import org.jspecify.annotations.NullMarked;
