/**
 * ClickHouse, as far as long statements need it: the nodes of a cluster, statements with an id of
 * their own that are sent once, and what the servers know of them afterwards.
 */
@NullMarked
package com.posthog.asyncmigrations.clickhouse;

import org.jspecify.annotations.NullMarked;
