/** PostHog's versions and the windows that migrations name. Pure. */
@NullMarked
package com.posthog.asyncmigrations.core.upgrade;

import org.jspecify.annotations.NullMarked;
