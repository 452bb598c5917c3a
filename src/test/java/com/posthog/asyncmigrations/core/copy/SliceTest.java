package com.posthog.asyncmigrations.core.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SliceTest {
  private static final List<KeyColumn> KEY =
      List.of(new KeyColumn("team", "UInt64"), new KeyColumn("toDate(ts)", "Date"));

  @Test
  void followOnEachOther() {
    List<Slice> slices = Slice.WHOLE.cutAt(List.of(bound("1", "a"), bound("2", "b")));

    assertThat(slices)
        .containsExactly(
            new Slice(Optional.empty(), Optional.of(bound("1", "a"))),
            new Slice(Optional.of(bound("1", "a")), Optional.of(bound("2", "b"))),
            new Slice(Optional.of(bound("2", "b")), Optional.empty()));
  }

  @Test
  void equalBoundsCutOnce() {
    assertThat(Slice.WHOLE.cutAt(List.of(bound("1", "a"), bound("1", "a")))).hasSize(2);
    Slice inner = new Slice(Optional.of(bound("1", "a")), Optional.of(bound("2", "b")));
    assertThat(inner.cutAt(List.of(bound("1", "a"), bound("2", "b")))).containsExactly(inner);
    assertThat(Slice.WHOLE.cutAt(List.of())).containsExactly(Slice.WHOLE);
  }

  @Test
  void aCutKeepsTheOuterBounds() {
    Slice outer = new Slice(Optional.of(bound("1", "a")), Optional.of(bound("9", "z")));
    assertThat(outer.cutAt(List.of(bound("5", "m"))))
        .containsExactly(
            new Slice(outer.from(), Optional.of(bound("5", "m"))),
            new Slice(Optional.of(bound("5", "m")), outer.below()));
  }

  @Test
  void conditionsAreSpelledOutColumnByColumn() {
    assertThat(Slice.WHOLE.condition(KEY)).isEqualTo("true");
    assertThat(
            new Slice(Optional.of(bound("1", "2024-01-01")), Optional.of(bound("2", "2024-02-01")))
                .condition(KEY))
        .isEqualTo(
            "(team > CAST('1', 'UInt64') OR (team = CAST('1', 'UInt64')"
                + " AND toDate(ts) >= CAST('2024-01-01', 'Date')))"
                + " AND (team < CAST('2', 'UInt64') OR (team = CAST('2', 'UInt64')"
                + " AND toDate(ts) < CAST('2024-02-01', 'Date')))");
  }

  @Test
  void valuesAndTypesAreQuoted() {
    assertThat(
            new Slice(Optional.of(List.of("it's a \\")), Optional.empty())
                .condition(List.of(new KeyColumn("v", "DateTime64(6, 'UTC')"))))
        .isEqualTo("v >= CAST('it\\'s a \\\\', 'DateTime64(6, \\'UTC\\')')");
  }

  /** As text where people can read them. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "String, 69742773, CAST('it\\'s'; 'String')",
        "LowCardinality(String), \"\", CAST(''; 'LowCardinality(String)')",
        "FixedString(2), 00FF, CAST(unhex('00FF'); 'FixedString(2)')",
        "String, C3A9, CAST(unhex('C3A9'); 'String')"
      })
  void stringsAreBytes(String type, String hex, String literal) {
    KeyColumn column = new KeyColumn("f(`v`)", type).ofIndex();

    assertThat(column.bound()).isEqualTo("hex(`f(\\`v\\`)`)");
    assertThat(new Slice(Optional.empty(), Optional.of(List.of(hex))).condition(List.of(column)))
        .isEqualTo("`f(\\`v\\`)` < " + literal.replace(';', ','));
  }

  @ParameterizedTest
  @CsvSource({
    "UInt64, String, 2",
    "LowCardinality(String), Nullable(Int8), 1",
    "LowCardinality(Nullable(String)), UInt8, 0",
    "Float64, UInt8, 0",
    "UInt8, Tuple(a UInt8), 1",
    "Decimal(18; 4), Enum8('a' = 1), 2"
  })
  void onlyColumnsWhoseValuesCanBoundDo(String first, String second, int bounding) {
    assertThat(
            KeyColumn.bounding(
                List.of(new KeyColumn("a", first.replace(';', ',')), new KeyColumn("b", second))))
        .hasSize(bounding);
  }

  private static List<String> bound(String... values) {
    return List.of(values);
  }
}
