/**
 * The two resources as their JSON is: records with their schema annotations, no behaviour. Wire
 * records may hold null, where a field was not given; the mapping into {@code core} removes it.
 */
package com.posthog.asyncmigrations.api;
