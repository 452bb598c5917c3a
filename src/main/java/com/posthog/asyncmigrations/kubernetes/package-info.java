/** What meets the API server: reconcilers, status writes, the worker. */
@NullMarked
package com.posthog.asyncmigrations.kubernetes;

import org.jspecify.annotations.NullMarked;
