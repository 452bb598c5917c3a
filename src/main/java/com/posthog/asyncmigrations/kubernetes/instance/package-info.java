/**
 * The PostHogInstance resource: its Secrets read, its databases connected, and what was found of
 * them.
 */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.instance;

import org.jspecify.annotations.NullMarked;
