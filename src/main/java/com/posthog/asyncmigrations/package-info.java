/** The program and how its parts are put together. */
@NullMarked
package com.posthog.asyncmigrations;

import org.jspecify.annotations.NullMarked;
