/**
 * What the kinds of operation share: how a step is started, how it is found again by its id, and
 * how it is ended. Each kind has a package of its own below.
 */
@NullMarked
package com.posthog.asyncmigrations.operation;

import org.jspecify.annotations.NullMarked;
