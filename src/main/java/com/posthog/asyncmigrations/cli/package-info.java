/** The commands, as people type them. */
@NullMarked
package com.posthog.asyncmigrations.cli;

import org.jspecify.annotations.NullMarked;
