"""What placeholders show, by the language of the content."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pushgate.content.personal.filters import MAX_CACHED, MAX_CACHED_CHARACTERS, Column, locale_of
from pushgate.content.personal.syntax import Placeholder, parse_text
from pushgate.domain.attributes import value_text
from pushgate.domain.terminal import AttributeValue


def column(written: str, language: str = "en") -> Column:
    (placeholder,) = parse_text("{{ v " + written + " }}")
    assert isinstance(placeholder, Placeholder)
    return Column(placeholder, language)


def shown(written: str, value: AttributeValue | None, language: str = "en") -> str:
    (text,) = column(written, language).texts([None if value is None else value_text(value)])
    return text


@pytest.mark.parametrize(
    ("written", "value", "language", "expected"),
    [
        ("", "Ann", "en", "Ann"),
        ("", 17, "en", "17"),
        ("", 1.5, "de", "1.5"),
        ("", True, "en", "true"),
        ("", "  a\tb\n", "en", "a b"),
        ("| upper", "straße", "de", "STRASSE"),
        ("| lower", "ANN", "en", "ann"),
        ("| capitalize", "ann lee", "en", "Ann lee"),
        ("| upper", False, "en", "FALSE"),
        ("| truncate: 5", "Annabel", "en", "Anna…"),
        ("| truncate: 7", "Annabel", "en", "Annabel"),
        ("| truncate: 4", "a\U0001f468\u200d\U0001f469b", "en", "a…"),
        ("| number", 1234567.25, "en", "1,234,567.25"),
        ("| number", 1234567.25, "de", "1.234.567,25"),
        ("| number", "1234", "fr", "1\u202f234"),
        ("| number", "-1234.5", "hi", "-1,234.5"),
        ('| date: "long"', "2027-01-31", "en", "January 31, 2027"),
        ('| date: "long"', "2027-01-31", "zh-Hans", "2027年1月31日"),
        ('| date: "short"', "2027-01-31T23:30:00-08:00", "de", "31.01.27"),
        ("| date", "2027-01-31", "en", "Jan 31, 2027"),
        ('| plural: one: "day", other: "days"', 1, "en", "day"),
        ('| plural: one: "day", other: "days"', 0, "en", "days"),
        ('| plural: one: "1", few: "2-4", many: "5", other: "x"', 3, "pl", "2-4"),
        ('| plural: one: "1", few: "2-4", many: "5", other: "x"', 5, "pl", "5"),
        ('| plural: one: "1", other: "x"', 1, "zh-Hans", "x"),
        ('| default: "friend"', None, "en", "friend"),
        ('| default: "friend"', "Ann", "en", "Ann"),
        ('| default: "friend"', " \x00 ", "en", "friend"),
        ('| upper | default: "friend"', None, "en", "friend"),
        ('| default: "friend" | upper', None, "en", "FRIEND"),
        ('| number | default: "many"', "a lot", "en", "many"),
        ("| number", True, "en", ""),
        ("| number", "", "en", ""),
        ("| date", "2027-02-30", "en", ""),
        ("| date", 20270131, "en", ""),
        ('| plural: other: "x"', "a lot", "en", ""),
        ("", None, "en", ""),
        ("", " ", "en", ""),
    ],
)
def test_a_placeholder_shows(
    written: str, value: AttributeValue | None, language: str, expected: str
) -> None:
    assert shown(written, value, language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh-Hant-HK", "zh_Hant_HK"), ("en-AU-u-hc-h12", "en_AU"), ("tlh", "en"), ("de-Latn-XX", "de")],
)
def test_numbers_and_dates_are_of_the_nearest_language(language: str, expected: str) -> None:
    assert str(locale_of(language)).startswith(expected)


@given(st.lists(st.none() | st.text(max_size=30) | st.integers(-(2**53), 2**53) | st.booleans(), max_size=20))
@pytest.mark.parametrize(
    "written",
    ["", "| upper", "| truncate: 3", "| number", "| date", '| plural: other: "x"', '| default: "d"'],
)
def test_texts_are_on_one_line_and_each_by_itself(written: str, values: list[AttributeValue | None]) -> None:
    texts = [None if value is None else value_text(value) for value in values]
    of_all = column(written).texts(texts)
    assert of_all == [column(written).texts([text])[0] for text in texts]
    for text in of_all:
        assert text == text.strip()
        assert not set(text) & set("\n\r\t\x00\x7f\x85\u2028\u2029")


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", fullmatch=True)
)
@example(1e25)
@example(-1.7976931348623157e308)
@example(5e-324)
@example("9" * 30 + "." + "9" * 30)
@pytest.mark.parametrize("written", ["| number", '| plural: many: "m", other: "x"'])
@pytest.mark.parametrize("language", ["en", "ar", "lt", "fr"])
def test_any_number_is_shown(written: str, language: str, value: AttributeValue) -> None:
    """An error would keep a whole block, or a bundle, from being sent."""
    assert shown(written, value, language)


def test_large_numbers_have_all_their_digits() -> None:
    assert shown("| number", "1" + "0" * 25) == "10" + ",000" * 8
    assert shown("| number", "1" * 30) == ",".join(["111"] * 10)


def test_the_cache_is_bounded() -> None:
    many = column("| upper")
    values = [f"s:a{number}" for number in range(MAX_CACHED + 10)]
    assert many.texts(values) == [f"A{number}" for number in range(MAX_CACHED + 10)]
    assert len(many._cache) == 10


def test_the_cache_is_bounded_by_characters_however_long_values_are() -> None:
    many = column("| upper")
    for number in range(1000):
        many.texts([f"s:{number}{'a' * 4000}"])
        held = sum(len(one or "") + len(text) for one, text in many._cache.items())
        assert held <= MAX_CACHED_CHARACTERS
    assert len(many._cache) > 1


@given(st.none() | st.text(max_size=6) | st.integers() | st.booleans() | st.floats(-1e9, 1e9))
def test_a_default_alone_is_as_one_among_filters(value: AttributeValue | None) -> None:
    """It has a way of its own, without a cache."""
    assert shown('| default: " you "', value) == shown('| default: "you" | default: "nobody"', value)
