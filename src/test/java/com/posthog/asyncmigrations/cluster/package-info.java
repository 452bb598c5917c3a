/**
 * Journeys on a whole cluster, where pods run: what neither a database nor an API server alone can
 * show.
 */
@NullMarked
package com.posthog.asyncmigrations.cluster;

import org.jspecify.annotations.NullMarked;
