/** What the tests of all kinds of operation start from. */
@NullMarked
package com.posthog.asyncmigrations.operation;

import org.jspecify.annotations.NullMarked;
