/**
 * Real servers without Docker, for tests and for the quickstart: each in a process of its own that
 * never outlives the one that started it, on free ports, with data of its own.
 */
@NullMarked
package com.posthog.asyncmigrations.embedded;

import org.jspecify.annotations.NullMarked;
