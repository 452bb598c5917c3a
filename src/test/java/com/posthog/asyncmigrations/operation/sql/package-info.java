/** Statements, on real servers. */
@NullMarked
package com.posthog.asyncmigrations.operation.sql;

import org.jspecify.annotations.NullMarked;
