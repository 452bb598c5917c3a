/** How much is done in one go. */
@NullMarked
package com.posthog.asyncmigrations.core.batch;

import org.jspecify.annotations.NullMarked;
