/**
 * The quickstart: everything that a migration needs, on this machine and only for as long as
 * somebody looks at it.
 */
@NullMarked
package com.posthog.asyncmigrations.quickstart;

import org.jspecify.annotations.NullMarked;
