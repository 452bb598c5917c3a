/**
 * Journeys as people live them: the operator as a process of its own, real databases, a real API
 * server, and nothing but resources to speak through.
 */
@NullMarked
package com.posthog.asyncmigrations.journey;

import org.jspecify.annotations.NullMarked;
