/** Lists what an operation runs for, one item after the other. */
@NullMarked
package com.posthog.asyncmigrations.operation.items;

import org.jspecify.annotations.NullMarked;
