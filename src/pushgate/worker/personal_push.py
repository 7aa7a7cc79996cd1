"""A personal content for one vendor and language: filled for many terminals at once.

For vendors that take one token per request, the values go into bytes that were rendered once. For
other vendors, and where values make a content too long, a whole push is rendered for each distinct
text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from msgspec.structs import replace

from pushgate.adapters.contract import Adapter, PreparedPush, Push, Rendering
from pushgate.adapters.filling import FilledPush, SupportsFilling
from pushgate.adapters.preparation import prepare
from pushgate.content.personal.filling import PersonalContent, Texts, VendorContent
from pushgate.content.personal.syntax import PersonalError, ValueName
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.message import Content, OnMissing, Personal
from pushgate.domain.outcome import FailureCode
from pushgate.ledger.values import Failure
from pushgate.terminals.addressed import Addressed
from pushgate.terminals.personal_values import ValueColumns
from pushgate.worker import failure_reasons

_MAX_RENDERINGS = 64
"""How many whole renderings are kept from block to block. That helps contents with few distinct
texts; further texts are rendered anew in each block.
"""
_UNREADABLE_PAUSE = 60.0
"""Seconds until pushes come back whose content only another version can read."""


@dataclass(slots=True)
class Filled:
    """What each of several terminals gets, by index."""

    parts: dict[int, bytes] = field(default_factory=dict)
    """Parts of bodies that `PersonalPush.filled` sends."""
    renderings: dict[int, Rendering] = field(default_factory=dict)
    rejected: dict[Failure, list[int]] = field(default_factory=dict)

    def reject(self, indexes: Iterable[int], failure: Failure) -> None:
        """Note that these terminals get nothing, for this reason."""
        self.rejected.setdefault(failure, []).extend(indexes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalMessage:
    """A personal message in one content language, for one vendor."""

    push: Push
    """The push, whose content has placeholders."""
    content: PersonalContent
    personal: Personal
    fallback: Content | None
    """What terminals without a value get, None where they get nothing."""
    topic_pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, push: Push, language: str, personal: Personal, topic_pattern: re.Pattern[str] | None) -> Self:
        """The message whose push in this language is given. Raises as `read_content`."""
        falls_back = personal.on_missing is OnMissing.FALLBACK
        return cls(
            push=push,
            content=read_content(push.content, language),
            personal=personal,
            fallback=personal.fallback.get(language) if falls_back else None,
            topic_pattern=topic_pattern,
        )


def unreadable() -> VendorError:
    """The error of a content that only another version can read: nothing is sent for now."""
    reason = "this version cannot read a placeholder of the content"
    return VendorError(FailureCode.CONTENT_DROPPED, reason, _UNREADABLE_PAUSE)


def read_content(content: Content, language: str) -> PersonalContent:
    """A content with placeholders. Raises VendorError where this version cannot read them, so that
    the push waits for a worker that can.
    """
    try:
        return PersonalContent(content, language)
    except PersonalError as error:
        raise unreadable() from error


class PersonalPush:
    """A personal message, ready to be filled. Does no I/O."""

    def __init__(self, adapter: Adapter, vendor: str, message: PersonalMessage, now: datetime) -> None:
        """Raises PayloadRejected where the vendor does not take the message's options."""
        self._adapter = adapter
        self._vendor = vendor
        self._message = message
        self._now = now
        self.values = ValueColumns(message.content.names, message.personal)
        self.common = self._prepare(Content("-", "-", message.push.content.image))
        """A push with the same options: refusals and hosts do not depend on the content."""
        self._fallback: PreparedPush | Failure | None = None
        self._renderings: dict[tuple[str, ...], PreparedPush | Failure] = {}
        self._in_bytes, self.filled = self._compile()

    def fill(self, found: Addressed, keys: Sequence[int], *, each_whole: bool = False) -> Filled:
        """Return what each of these terminals gets; `keys` name the terminals in the answer.

        With `each_whole` a whole push is rendered for each text, and no bytes are filled: tokens
        that a message brings may stand for more than one terminal.
        """
        filled = Filled()
        texts = self._message.content.texts(self.values.of(found), len(found.tokens))
        for index, name in texts.missing:
            self._fill_missing(filled, keys[index], found.tokens[index], name)
        if self._in_bytes is None or each_whole:
            self._render(filled, texts, keys, found.tokens)
            return filled
        middles, whole = self._in_bytes.fill(texts)
        own = keys if len(texts.indexes) == len(keys) else [keys[index] for index in texts.indexes]
        filled.parts = dict(zip(own, middles, strict=True))
        if whole:
            for position in whole:
                del filled.parts[keys[texts.indexes[position]]]
            self._render(filled, _at(texts, whole), keys, found.tokens)
        return filled

    def _compile(self) -> tuple[VendorContent | None, FilledPush | None]:
        """Return the content compiled for filling into the vendor's bytes, and the push that sends
        these bytes; None for each that adapter and content do not allow.
        """
        adapter, push = self._adapter, self._message.push
        checked_here = push.options.dry_run and not adapter.supports_dry_run
        if checked_here or not isinstance(adapter, SupportsFilling):
            return None, None
        filling = adapter.filling(push, self._now)
        compiled = self._message.content.compile(filling.render)
        return compiled, filling.frame(compiled.before, compiled.after) if compiled else None

    def _fill_missing(self, filled: Filled, key: int, token: bytes, name: ValueName) -> None:
        if self._message.fallback is None:
            filled.reject([key], failure_reasons.missing_value(self._vendor, str(name)))
            return
        if self._fallback is None:
            self._fallback = self._rendering(self._message.fallback)
        _add(filled, self._fallback, [key], [token])

    def _render(self, filled: Filled, texts: Texts, keys: Sequence[int], tokens: Sequence[bytes]) -> None:
        """Render the push once for each distinct text."""
        distinct, positions = texts.grouped()
        for number, own in enumerate(positions):
            row = tuple(column[number] for column in distinct.columns)
            rendering = self._renderings.get(row)
            if rendering is None:
                if len(self._renderings) >= _MAX_RENDERINGS:
                    self._renderings.clear()
                rendering = self._rendering(self._message.content.content(distinct, number))
                self._renderings[row] = rendering
            indexes = [texts.indexes[position] for position in own]
            _add(filled, rendering, [keys[i] for i in indexes], [tokens[i] for i in indexes])

    def _rendering(self, content: Content) -> PreparedPush | Failure:
        try:
            return self._prepare(content)
        except PayloadRejected as error:
            return failure_reasons.content_rejected(self._vendor, error)

    def _prepare(self, content: Content) -> PreparedPush:
        push = replace(self._message.push, content=content)
        return prepare(self._adapter, push, self._now, self._message.topic_pattern)


def _add(
    filled: Filled, rendering: PreparedPush | Failure, keys: Sequence[int], tokens: Sequence[bytes]
) -> None:
    if isinstance(rendering, Failure):
        filled.reject(keys, rendering)
        return
    for key, token in zip(keys, tokens, strict=True):
        filled.renderings[key] = rendering.rendering_for(token)


def _at(texts: Texts, positions: Sequence[int]) -> Texts:
    """The texts at these positions alone."""
    columns = [[column[position] for position in positions] for column in texts.columns]
    return Texts([texts.indexes[position] for position in positions], columns)
