"""One line of an import -> a terminal. Pure.

Most lines are good, and are read by a struct with the limits of the schema. If the struct or a
check refuses a line, the schema reads it again: the schema decides, and words the errors.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pushgate.adapters.topics import is_topic
from pushgate.api.http import validate
from pushgate.api.json_text import repeated_keys
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.mapping.terminals import check_configured, to_imported, to_past_instant
from pushgate.api.partial_checks import terminal_checks
from pushgate.api.schemas.fields import (
    MAX_NAME_LENGTH,
    MAX_TOKEN_LENGTH,
    MAX_USER_LENGTH,
    TERMINAL_ID,
    known_timezone,
    trimmed,
)
from pushgate.api.schemas.terminals import MAX_TAGS, TerminalLine
from pushgate.api.times import parse_instant
from pushgate.apps.catalog import ConfiguredApp
from pushgate.content.language import MAX_TAG_LENGTH, normalize
from pushgate.domain.attributes import MAX_ATTRIBUTES, name_fault, value_fault
from pushgate.domain.categories import MAX_OPT_OUTS, category_fault
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import AttributeValue, Terminal

_Text = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH)]
_Value = str | int | float | bool
_is_id = re.compile(TERMINAL_ID).fullmatch
_NO_ATTRIBUTES: Mapping[str, AttributeValue] = {}
_QUOTES_OF_REQUIRED = 12
"""Quotes of the keys and values of id, vendor and token."""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line as it is written. Absent fields are UNSET; null is left to the schema."""

    id: str
    vendor: str
    token: Annotated[str, Meta(min_length=1, max_length=MAX_TOKEN_LENGTH)]
    language: Annotated[str, Meta(min_length=1, max_length=MAX_TAG_LENGTH)] | UnsetType = UNSET
    user: Annotated[str, Meta(min_length=1, max_length=MAX_USER_LENGTH)] | UnsetType = UNSET
    tags: Annotated[list[_Text], Meta(max_length=MAX_TAGS)] | UnsetType = UNSET
    timezone: _Text | UnsetType = UNSET
    app_version: _Text | UnsetType = UNSET
    attributes: Annotated[dict[str, _Value], Meta(max_length=MAX_ATTRIBUTES)] | UnsetType = UNSET
    opt_out: Annotated[list[str], Meta(max_length=MAX_OPT_OUTS)] | UnsetType = UNSET
    last_seen: _Text | UnsetType = UNSET
    registered_at: _Text | UnsetType = UNSET


class _Doubt(Exception):
    """The fast path cannot judge the line: the schema has to read it."""


def _require_single_keys(line: bytes, written: Line) -> None:
    """Raise _Doubt where a key may be given twice, which the decoder does not report, or a text may
    hold NUL. A repeated key shows as two quotes more than `written` has.
    """
    quotes = line.count(b'"')
    if b"\\" in line:
        if b"\\\\" in line or b"\\u0000" in line:
            raise _Doubt
        quotes -= line.count(b'\\"')
    if quotes != _quotes(written):
        raise _Doubt


def _quotes(line: Line) -> int:
    """The quotes of a line with these fields."""
    texts = (
        line.language, line.user, line.timezone, line.app_version, line.last_seen, line.registered_at
    )  # fmt: skip
    total = _QUOTES_OF_REQUIRED + 4 * (len(texts) - texts.count(UNSET))
    if line.tags is not UNSET:
        total += 2 + 2 * len(line.tags)
    if line.opt_out is not UNSET:
        total += 2 + 2 * len(line.opt_out)
    if line.attributes is not UNSET:
        total += 2 + sum(4 if isinstance(value, str) else 2 for value in line.attributes.values())
    return total


def _checked(attributes: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
    for name, value in attributes.items():
        if name_fault(name) or value_fault(value):
            raise _Doubt
    return attributes


def _opt_out(written: list[str]) -> tuple[str, ...]:
    if any(map(category_fault, written)):
        raise _Doubt
    return tuple(sorted(set(written)))


def _instant(field: str, written: str, now: datetime) -> datetime | None:
    errors: list[FieldError] = []
    found = to_past_instant(field, parse_instant(written), now, errors)
    if errors:
        raise _Doubt
    return found


class LineParser:
    """Reads the lines of one import."""

    def __init__(self, configured: ConfiguredApp) -> None:
        self._configured = configured
        self._decode = msgspec.json.Decoder(Line).decode

    def parse(self, line: bytes, now: datetime) -> Terminal:
        """Return the terminal of a line of JSON. Raises UnreadableBody, InvalidRequest."""
        try:
            written = self._decode(line)
            _require_single_keys(line, written)
            return self._to_terminal(written, now)
        except (msgspec.DecodeError, _Doubt, ValueError):
            return self._by_schema(line, now)

    def _by_schema(self, line: bytes, now: datetime) -> Terminal:
        written = validate(line, TerminalLine, terminal_checks(now), repeated_keys(line))
        terminal = to_imported(written, self._configured.default_language, now)
        check_configured(terminal, self._configured)
        return terminal

    def _to_terminal(self, line: Line, now: datetime) -> Terminal:
        """Raises _Doubt, and ValueError for a language, time zone, version or instant that is
        none.
        """
        errors: list[FieldError] = []
        token = to_token(line.vendor, line.token, "", errors)
        if (
            errors
            or is_topic(line.vendor, token)
            or line.vendor not in self._configured.vendors
            or not _is_id(line.id)
        ):
            raise _Doubt
        seen, registered = line.last_seen, line.registered_at
        return Terminal(
            id=line.id,
            vendor=line.vendor,
            token=token,
            language=normalize(line.language) if line.language else self._configured.default_language,
            user=line.user or None,
            tags=tuple(dict.fromkeys(line.tags)) if line.tags else (),
            timezone=known_timezone(line.timezone) if line.timezone else None,
            attributes=_checked(line.attributes) if line.attributes else _NO_ATTRIBUTES,
            app_version=trimmed(line.app_version) if line.app_version else None,
            last_seen=_instant("last_seen", seen, now) if seen else None,
            registered_at=_instant("registered_at", registered, now) if registered else None,
            opt_out=None if line.opt_out is UNSET else _opt_out(line.opt_out),
        )
