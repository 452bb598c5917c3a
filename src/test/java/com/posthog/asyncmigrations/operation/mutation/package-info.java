/** Mutations on real servers. */
@NullMarked
package com.posthog.asyncmigrations.operation.mutation;

import org.jspecify.annotations.NullMarked;
