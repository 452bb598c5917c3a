/** Copies of resources that belong to instances, kept current by watches. */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.watch;

import org.jspecify.annotations.NullMarked;
