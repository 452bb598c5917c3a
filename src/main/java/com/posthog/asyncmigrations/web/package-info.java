/** The operator's HTTP server: metrics and probes. */
@NullMarked
package com.posthog.asyncmigrations.web;

import org.jspecify.annotations.NullMarked;
