"""Prepares a push for one vendor.

Shortens the content if the options say so, and sends nothing in a dry run without the vendor's own
test mode.
"""

import re
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Self, cast

from msgspec.structs import replace

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import (
    NO_SCOPES,
    Adapter,
    PreparedPush,
    Push,
    PushSize,
    Rendering,
    SupportsWarnings,
    Verdict,
)
from pushgate.adapters.quick_check import measure
from pushgate.adapters.registry import vendors
from pushgate.adapters.truncation import truncate_content
from pushgate.adapters.vendor import Feature
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import TooLong
from pushgate.domain.outcome import Outcome, RefusalScope

_MAX_CUTS = 8


def prepare(
    adapter: Adapter, push: Push, now: datetime, topic_pattern: re.Pattern[str] | None = None
) -> PreparedPush:
    """Render the push, cut to the vendor's limits if its options say so. Raises PayloadRejected.

    For tokens that match `topic_pattern`, the push is rendered once more with the vendor's limits
    for topics.
    """
    to_terminals = _prepare_cut(adapter, push, now)
    if push.options.dry_run and not adapter.supports_dry_run:
        return _DryRun()
    if topic_pattern is None:
        return to_terminals
    try:
        to_topics = _prepare_cut(adapter, replace(push, to_topic=True), now)
    except PayloadRejected:
        return to_terminals  # which rejects the topics with the reason
    return _TopicsApart(to_terminals, to_topics, topic_pattern)


def find_cuts(adapter: Adapter, push: Push, now: datetime) -> list[PayloadRejected]:
    """Return the limits to which `prepare` would cut the content. Raises PayloadRejected where it
    would.
    """
    if adapter.quick_check.surely_carries(push, measure(push)):
        return []
    cuts: list[PayloadRejected] = []
    _prepare_cut(adapter, push, now, cuts)
    return cuts


def check(vendor: str, adapter: Adapter, push: Push, size: PushSize, now: datetime) -> Sequence[FieldError]:
    """Return warnings about the push. No text names the vendor.

    Raises PayloadRejected where `prepare` would. Most pushes need not be rendered for this check.
    """
    if not adapter.quick_check.surely_carries(push, size):
        prepare(adapter, push, now)
    return () if adapter.quick_check.surely_unwarned(push) else warnings(vendor, adapter, push)


def warnings(vendor: str, adapter: Adapter, push: Push) -> Sequence[FieldError]:
    """Return warnings about a push that is accepted. No text names the vendor."""
    found: list[FieldError] = []
    if _supports_warnings(type(adapter)):
        found += cast("SupportsWarnings", adapter).warnings(push)
    if push.options.badge is not None and Feature.BADGE not in vendors()[vendor].features:
        found.append(FieldError("options.badge", "has no effect: the vendor sets no number at the icon"))
    return found


@cache
def _supports_warnings(kind: type[Adapter]) -> bool:
    """Whether adapters of this class warn. Comparing each object with a protocol would be slow."""
    return issubclass(kind, SupportsWarnings)


def _prepare_cut(
    adapter: Adapter, push: Push, now: datetime, cuts: list[PayloadRejected] | None = None
) -> PreparedPush:
    """Render the push; the limits to which its content is cut are added to `cuts`."""
    for _ in range(_MAX_CUTS):
        try:
            return adapter.prepare(push, now)
        except PayloadRejected as error:
            may_cut = push.options.on_too_long is TooLong.TRUNCATE
            content = truncate_content(push.content, error) if may_cut else None
            if content is None:
                raise
            push = replace(push, content=content)
            if cuts is not None:
                cuts.append(error)
    return adapter.prepare(push, now)


class _DryRun:
    """A rendered push that is not sent, because the vendor has no dry run of its own."""

    key: Hashable = "dry run"
    refusal_scopes = NO_SCOPES

    def rendering_for(self, token: bytes) -> Self:
        """Return the push itself."""
        return self

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return nothing: no vendor is asked, so none refuses."""
        return NO_SCOPES

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send nothing; every token is accepted."""
        verdict = Verdict(Outcome.ACCEPTED, "dry_run", "checked, not sent", vendor_asked=False)
        yield range(len(tokens)), verdict

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send nothing; every token is accepted."""
        return self.send([token for _, token in sends], may_continue)


class _TopicsApart:
    """A push, rendered once for terminals and once for topics."""

    def __init__(
        self, to_terminals: PreparedPush, to_topics: PreparedPush, topic_pattern: re.Pattern[str]
    ) -> None:
        self._to_terminals = to_terminals
        self._to_topics = to_topics
        self._topic_pattern = topic_pattern

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about, the same for both."""
        return self._to_terminals.scopes(count)

    def rendering_for(self, token: bytes) -> Rendering:
        """Return the push as a topic or a terminal gets it."""
        is_topic = self._topic_pattern.match(token.decode())
        return (self._to_topics if is_topic else self._to_terminals).rendering_for(token)

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens, to terminals first."""
        terminals, topics = list[int](), list[int]()
        for index, token in enumerate(tokens):
            (topics if self._topic_pattern.match(token.decode()) else terminals).append(index)
        for prepared, indexes in ((self._to_terminals, terminals), (self._to_topics, topics)):
            if not indexes:
                continue
            own = [tokens[index] for index in indexes]
            async with closing(prepared.send(own, may_continue)) as results:
                async for own_indexes, verdict in results:
                    yield [indexes[index] for index in own_indexes], verdict
