/** Makes the checks of migrations: asks the databases, apart from the passes, and remembers. */
@NullMarked
package com.posthog.asyncmigrations.check;

import org.jspecify.annotations.NullMarked;
