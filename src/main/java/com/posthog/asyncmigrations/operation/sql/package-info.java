/** Statements: how each kind of database runs one, finds it again and ends it. */
@NullMarked
package com.posthog.asyncmigrations.operation.sql;

import org.jspecify.annotations.NullMarked;
