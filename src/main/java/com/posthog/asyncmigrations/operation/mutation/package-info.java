/** Mutations of ClickHouse tables: sent once, recognised by a mark, followed to their end. */
@NullMarked
package com.posthog.asyncmigrations.operation.mutation;

import org.jspecify.annotations.NullMarked;
