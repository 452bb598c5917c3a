/** ClickHouse's adapter, on a real server. */
@NullMarked
package com.posthog.asyncmigrations.clickhouse;

import org.jspecify.annotations.NullMarked;
