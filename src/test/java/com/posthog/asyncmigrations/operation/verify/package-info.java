/** Verifications, on real servers. */
@NullMarked
package com.posthog.asyncmigrations.operation.verify;

import org.jspecify.annotations.NullMarked;
