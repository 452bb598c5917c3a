/**
 * PostgreSQL: connections, the operator's own schema with the lease and the ledger in it, and what
 * the server's errors are called.
 */
@NullMarked
package com.posthog.asyncmigrations.postgres;

import org.jspecify.annotations.NullMarked;
