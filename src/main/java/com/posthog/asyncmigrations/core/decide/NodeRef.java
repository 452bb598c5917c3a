package com.posthog.asyncmigrations.core.decide;

import java.time.Instant;

/**
 * The server that a step is for.
 *
 * @param target shard and replica as in query ids ({@code s1r1}), or {@code pg}
 * @param address host and port
 * @param identity what the server says it is: ClickHouse's {@code serverUUID()}, or the id in our
 *     schema
 * @param boot when the server was started, by its own clock: a log that was kept since can prove
 *     that a step never ran
 * @param seen when the server said so, by its own clock
 */
public record NodeRef(String target, String address, String identity, Instant boot, Instant seen) {}
