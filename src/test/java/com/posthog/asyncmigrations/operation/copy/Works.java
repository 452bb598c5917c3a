package com.posthog.asyncmigrations.operation.copy;

import com.posthog.asyncmigrations.core.copy.Chunk;

/** How chunks were copied. */
final class Works {
  private Works() {}

  static Chunk.Work of(Chunk chunk) {
    return chunk.copied().flatMap(Chunk.Copied::work).orElseThrow();
  }

  static String queryId(Chunk chunk) {
    return of(chunk).queryId();
  }
}
