@NullMarked
package com.posthog.asyncmigrations.operation.preflight;

import org.jspecify.annotations.NullMarked;
