/** Moving a table's rows: what is copied in which pieces, and when it may be taken for complete. */
@NullMarked
package com.posthog.asyncmigrations.core.copy;

import org.jspecify.annotations.NullMarked;
