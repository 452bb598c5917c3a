package com.posthog.asyncmigrations.embedded;

/**
 * The name of a namespace that nobody has used, and that a test may create.
 *
 * @param watched whether an operator watches it, which other tests share; otherwise the test starts
 *     one of its own
 */
public record WatchedNamespace(String name, boolean watched) {}
