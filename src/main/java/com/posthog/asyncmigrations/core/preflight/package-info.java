/** What a migration would do if it were started, from what was measured. */
@NullMarked
package com.posthog.asyncmigrations.core.preflight;

import org.jspecify.annotations.NullMarked;
