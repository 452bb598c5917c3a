/** The checks, against real servers. */
@NullMarked
package com.posthog.asyncmigrations.check;

import org.jspecify.annotations.NullMarked;
