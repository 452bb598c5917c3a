/** Tables gone through in batches, in the order of a key, each batch with a durable mark. */
@NullMarked
package com.posthog.asyncmigrations.operation.batch;

import org.jspecify.annotations.NullMarked;
