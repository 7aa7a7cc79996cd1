"""Several values in one field, as people write them: `vip, member`, `gold, 17, "1, 2"`, or a line
`name = value` for each. Pure.

A comma or the end of a line ends a value. A value in double quotes (a JSON string) is the text
between them, whatever the text holds. In a line with a name a comma needs no quotes.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pushgate.domain.terminal import AttributeValue

_SEPARATORS = ",\n\r"
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SWITCHES = {"true": True, "false": False}
_DECODER = json.JSONDecoder()


class _Token(NamedTuple):
    """A value as it is written, without its quotes."""

    text: str
    is_quoted: bool


def parse_texts(written: str) -> list[str]:
    """Return the texts of a list."""
    return [token.text for token in _tokens(written)]


def format_texts(texts: Iterable[str]) -> str:
    """Return the list of these texts, which `parse_texts` reads as the same texts."""
    return ", ".join(json.dumps(text, ensure_ascii=False) if _needs_quotes(text) else text for text in texts)


def parse_values(written: str) -> list[AttributeValue]:
    """Return the values of a list: true and false, numbers, and texts. Quotes make any of them a
    text.
    """
    return [token.text if token.is_quoted else _value(token.text) for token in _tokens(written)]


def format_values(values: Iterable[AttributeValue]) -> str:
    """Return the list of these values, which `parse_values` reads as the same values."""
    return ", ".join(_format_value(value) for value in values)


def parse_named_values(written: str) -> dict[str, AttributeValue]:
    """Return values by name. A line without a value has an empty one."""
    return {name: parse_values(text)[0] if _is_one(text) else text for name, text in _lines(written)}


def parse_named_texts(written: str) -> dict[str, str]:
    """Return texts by name. A line without a text has an empty one."""
    return {name: parse_texts(text)[0] if _is_one(text) else text for name, text in _lines(written)}


def _is_one(text: str) -> bool:
    return sum(1 for _ in _tokens(text)) == 1


def _lines(written: str) -> Iterator[tuple[str, str]]:
    """Yield names and what stands behind them."""
    for line in written.split("\n"):
        name, _, text = line.partition("=")
        if name.strip():
            yield name.strip(), text.strip()


def _value(text: str) -> AttributeValue:
    if text in _SWITCHES:
        return _SWITCHES[text]
    if _NUMBER.fullmatch(text):
        return _number(text)
    return text


def _number(text: str) -> AttributeValue:
    """Return the number; one that JSON has no room for stays a text."""
    try:
        number: int | float = json.loads(text)
        return number if math.isfinite(number) else text
    except (ValueError, OverflowError):
        return text


def _format_value(value: AttributeValue) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = not _needs_quotes(value) and isinstance(_value(value), str)
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _needs_quotes(text: str) -> bool:
    return text != text.strip() or not text or text[0] == '"' or any(mark in text for mark in _SEPARATORS)


def _tokens(written: str) -> Iterator[_Token]:
    position = 0
    while position < len(written):
        quoted = _quoted_at(written, position)
        if quoted is None:
            end = _end_of_value(written, position)
            if text := written[position:end].strip():
                yield _Token(text, is_quoted=False)
        else:
            text, end = quoted
            yield _Token(text, is_quoted=True)
        position = end + 1


def _quoted_at(written: str, position: int) -> tuple[str, int] | None:
    """Return the text in quotes that begins here and the place of its separator; None where the
    value has no quotes, or something stands behind them.
    """
    start = position + len(written[position:]) - len(written[position:].lstrip(" \t"))
    if not written.startswith('"', start):
        return None
    try:
        text, after = _DECODER.raw_decode(written, start)
        text.encode()  # half a character is no text
    except ValueError:
        return None
    end = _end_of_value(written, after)
    return None if written[after:end].strip() else (text, end)


def _end_of_value(written: str, position: int) -> int:
    found = (written.find(mark, position) for mark in _SEPARATORS)
    return min((place for place in found if place >= 0), default=len(written))
