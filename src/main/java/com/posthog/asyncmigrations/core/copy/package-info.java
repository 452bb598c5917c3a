/** Copying a table: chunks, and how fast they may follow one another. */
@NullMarked
package com.posthog.asyncmigrations.core.copy;

import org.jspecify.annotations.NullMarked;
