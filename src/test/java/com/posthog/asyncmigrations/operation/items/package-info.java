/** Lists of items, on real servers. */
@NullMarked
package com.posthog.asyncmigrations.operation.items;

import org.jspecify.annotations.NullMarked;
