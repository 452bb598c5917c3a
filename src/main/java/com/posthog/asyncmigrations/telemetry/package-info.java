/** What is measured of the operator and of its resources, for Prometheus. */
@NullMarked
package com.posthog.asyncmigrations.telemetry;

import org.jspecify.annotations.NullMarked;
