"""A push that a vendor rendered with marks in place of values, cut at the marks. Pure.

A mark is a private code point and a quotation mark. How the quotation mark arrives in the bytes
tells how a value has to be escaped there: `"` not at all, `\\"` as in JSON, `\\\\\\"` as in JSON
inside of JSON, `%22` and so on the same in a form.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import orjson

from pushgate.content.personal.syntax import FIRST_MARK

_RAW = re.compile(rb'\xf3\xb0\x80([\x80-\x9f])(\\*)"')
_IN_FORM = re.compile(rb"%F3%B0%80%([89][0-9A-F])((?:%5C)*)%22")
Quote = Callable[[str], str]


def _quote_all(text: str) -> str:
    return quote(text, safe="")


QUOTES: Sequence[Quote] = (_quote_all, quote_plus, quote)
"""The ways to write a text in a form: which one a vendor has, a trial shows."""


def mark(number: int) -> str:
    """Return the mark of a value."""
    return chr(FIRST_MARK + number) + '"'


class Hole(NamedTuple):
    """A place for a value: its number, the levels of JSON around it, and whether in a form."""

    number: int
    levels: int
    in_form: bool


@dataclass(frozen=True, slots=True)
class CutBytes:
    """Rendered bytes, cut at the marks: one more piece than holes."""

    pieces: tuple[bytes, ...]
    holes: tuple[Hole, ...]


def cut(rendered: bytes) -> CutBytes:
    """Cut rendered bytes at the marks."""
    found = sorted(
        (match.start(), match.end(), hole)
        for pattern, in_form in ((_RAW, False), (_IN_FORM, True))
        for match in pattern.finditer(rendered)
        for hole in [_hole(match, in_form=in_form)]
    )
    pieces, end = list[bytes](), 0
    for start, after, _ in found:
        pieces.append(rendered[end:start])
        end = after
    return CutBytes((*pieces, rendered[end:]), tuple(hole for _, _, hole in found))


def escaper(hole: Hole, quote_text: Quote) -> Callable[[str], bytes]:
    """Return what writes a value's text into the hole."""
    if not hole.in_form:
        if hole.levels == 0:
            return str.encode
        return _json_text if hole.levels == 1 else lambda text: _nested(text, hole.levels)
    return lambda text: quote_text(_nested(text, hole.levels).decode()).encode()


def _hole(match: re.Match[bytes], *, in_form: bool) -> Hole:
    number, slashes = match.groups()
    last = int(number, 16) if in_form else number[0]
    count = len(slashes) // 3 if in_form else len(slashes)
    # One level puts one \ before a quotation mark, the next doubles it and adds one.
    return Hole(last - 0x80, (count + 1).bit_length() - 1, in_form)


def _json_text(text: str) -> bytes:
    return orjson.dumps(text)[1:-1]


def _nested(text: str, levels: int) -> bytes:
    raw = text.encode()
    for _ in range(levels):
        raw = _json_text(raw.decode())
    return raw
