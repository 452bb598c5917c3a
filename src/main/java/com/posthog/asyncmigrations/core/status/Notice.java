package com.posthog.asyncmigrations.core.status;

import com.posthog.asyncmigrations.core.Reason;

/** Something that people are told once, when it happens. */
public record Notice(boolean warning, Reason reason, String message) {}
