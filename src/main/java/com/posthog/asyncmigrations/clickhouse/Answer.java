package com.posthog.asyncmigrations.clickhouse;

import java.util.List;

/**
 * What a server answered.
 *
 * @param readRows rows that it has read
 * @param writtenRows rows that it has written
 * @param rows the result's rows as text; NULL is {@code NULL}
 */
public record Answer(long readRows, long writtenRows, List<List<String>> rows) {

  /** Keeps a copy. */
  public Answer {
    rows = List.copyOf(rows);
  }
}
