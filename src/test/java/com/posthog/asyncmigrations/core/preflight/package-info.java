@NullMarked
package com.posthog.asyncmigrations.core.preflight;

import org.jspecify.annotations.NullMarked;
