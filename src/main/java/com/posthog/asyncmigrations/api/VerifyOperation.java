package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Something that must hold before the next operation may begin. */
@ValidationRule(
    value = "has(self.tables) != has(self.query)",
    message = "verify needs exactly one of tables or query")
public record VerifyOperation(
    @JsonPropertyDescription("Two ClickHouse tables must hold the same rows.") Tables tables,
    @JsonPropertyDescription("A query must answer what is expected.") Query query) {

  /** Two ClickHouse tables whose number of rows and content hashes must be equal. */
  public record Tables(
      @Required
          @Size(min = 1, max = 257)
          @Pattern("^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$")
          @JsonPropertyDescription("One table, as table or database.table.")
          String source,
      @Required
          @Size(min = 1, max = 257)
          @Pattern("^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)?$")
          @JsonPropertyDescription("The other table, as table or database.table.")
          String target,
      @Size(max = 500)
          @JsonPropertyDescription(
              "The columns that are compared. Default: all columns of the source that are stored.")
          List<@Size(max = 256) String> columns,
      @Size(max = 4096)
          @JsonPropertyDescription(
              "Only rows for which this ClickHouse expression holds are compared.")
          String where) {}

  /** A query whose first value is compared with what is expected. */
  @ValidationRule(
      value = "[has(self.equals), has(self.atLeast), has(self.atMost)].filter(x, x).size() == 1",
      message = "a query needs exactly one of equals, atLeast or atMost")
  public record Query(
      @Required @JsonPropertyDescription("Where the query runs.") Database database,
      @Required
          @Size(min = 1, max = 32768)
          @JsonPropertyDescription(
              "A query that reads only; the first value of its first row counts.")
          String sql,
      @Size(max = 1024) @JsonPropertyDescription("The value must be this, as text.") String equals,
      @JsonPropertyDescription("The value must be a number, and at least this.") Long atLeast,
      @JsonPropertyDescription("The value must be a number, and at most this.") Long atMost) {}
}
