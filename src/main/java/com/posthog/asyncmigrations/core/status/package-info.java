/** What people are told: phase, progress, conditions and Events, made from facts. Pure. */
@NullMarked
package com.posthog.asyncmigrations.core.status;

import org.jspecify.annotations.NullMarked;
