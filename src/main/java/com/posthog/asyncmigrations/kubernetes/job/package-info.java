/** Operations that are Jobs: any code, in pods of the migration's own namespace. */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.job;

import org.jspecify.annotations.NullMarked;
