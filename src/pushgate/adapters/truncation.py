"""Cuts content that is too long for a vendor: whole graphemes, with an ellipsis. Pure."""

from collections.abc import Callable

import orjson
import regex
from msgspec.structs import replace

from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content
from pushgate.domain.outcome import FailureCode

ELLIPSIS = "\u2026"
_GRAPHEME = regex.compile(r"\X")


def truncate_content(content: Content, error: PayloadRejected) -> Content | None:
    """Return the content without what exceeds the limit; None where cutting does not help."""
    if error.code == FailureCode.TOO_LONG and error.field == "content.title":
        title = cut(content.title, error.measure(content.title) - error.excess, error.measure)
        return replace(content, title=title) if title else None
    if error.code == FailureCode.TOO_LONG and error.field == "content.body":
        body = cut(content.body, error.measure(content.body) - error.excess, error.measure)
        return replace(content, body=body) if body else None
    if error.code == FailureCode.PAYLOAD_TOO_LARGE and error.excess:
        return _remove_bytes(content, error.excess)
    return None


def cut(text: str, maximum: int, measure: Callable[[str], int]) -> str:
    """Return as much of the text's beginning as fits with an ellipsis; '' if nothing fits.

    `measure` returns the size of a text in the unit of `maximum`. The size of a text must be the
    sum of the sizes of its parts, plus a constant.
    """
    room = maximum - (measure(ELLIPSIS) - measure(""))
    graphemes: list[str] = []
    used = measure("")
    for grapheme in _GRAPHEME.findall(text):
        used += measure(grapheme) - measure("")
        if used > room:
            break
        graphemes.append(grapheme)
    return "".join(graphemes).rstrip() + ELLIPSIS if graphemes else ""


def _remove_bytes(content: Content, excess: int) -> Content | None:
    """Return the content with so many bytes of JSON less: of the body, then of the title."""
    if body := cut(content.body, _json_size(content.body) - excess, _json_size):
        return replace(content, body=body)
    body = min(content.body, ELLIPSIS, key=_json_size)
    excess -= _json_size(content.body) - _json_size(body)
    title = content.title
    if excess > 0:
        title = cut(title, _json_size(title) - excess, _json_size)
    return replace(content, title=title, body=body) if title else None


def _json_size(text: str) -> int:
    return len(orjson.dumps(text))
