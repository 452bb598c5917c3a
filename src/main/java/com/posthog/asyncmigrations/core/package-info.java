/**
 * What everything else agrees on: problems and the words for them. Pure, as all of {@code core}.
 */
@NullMarked
package com.posthog.asyncmigrations.core;

import org.jspecify.annotations.NullMarked;
