/** What the API server refuses of the two resources, and how it says so. */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.validation;

import org.jspecify.annotations.NullMarked;
