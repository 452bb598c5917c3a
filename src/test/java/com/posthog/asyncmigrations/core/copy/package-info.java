/** Pieces of a copy, as tables of cases. */
@NullMarked
package com.posthog.asyncmigrations.core.copy;

import org.jspecify.annotations.NullMarked;
