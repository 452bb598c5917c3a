/** Verifications: questions whose answer must be as expected. They change nothing. */
@NullMarked
package com.posthog.asyncmigrations.operation.verify;

import org.jspecify.annotations.NullMarked;
