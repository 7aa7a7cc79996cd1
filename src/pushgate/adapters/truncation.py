"""A push as a vendor can take it: cut where the caller wants that, and not sent at all in a dry run."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import cast

import orjson
import regex

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Adapter, Prepared, Push, SupportsWarnings, Verdict
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Feature
from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, ByTerminal, ByToken, ByUser
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Content, TooLong
from pushgate.domain.outcome import Outcome, RefusalScope

ELLIPSIS = "\u2026"
_ATTEMPTS = 8
_GRAPHEME = regex.compile(r"\X")


def is_topic(vendor: str, token: str) -> bool:
    """Whether a token of this vendor is no terminal's, but a topic's."""
    known = vendors().get(vendor)
    return bool(known and known.topic_pattern and known.topic_pattern.match(token))


def summarize(audience: Audience) -> AudienceSummary:
    """The audience in short, as the message carries it."""
    match audience:
        case ByTerminal(terminals):
            return AudienceSummary(AudienceKind.TERMINALS, len(terminals))
        case ByUser(users):
            return AudienceSummary(AudienceKind.USERS, len(users))
        case ByToken(tokens):
            vendors_of: dict[bool, set[str]] = {True: set(), False: set()}
            for item in tokens:
                vendors_of[is_topic(item.vendor, item.token)].add(item.vendor)
            one, many = tuple(sorted(vendors_of[False])), tuple(sorted(vendors_of[True]))
            return AudienceSummary(AudienceKind.TOKENS, len(tokens), one, many)
    return AudienceSummary()


def prepare(
    adapter: Adapter, push: Push, now: datetime, topic_pattern: re.Pattern[str] | None = None
) -> Prepared:
    """Render the push, cut to the vendor's limits if its options say so. Raises PayloadRejected.

    For tokens that match `topic_pattern`, which stand for topics, it is rendered apart from the others: they take less.
    """
    prepared = _cut_until_it_fits(adapter, push, now)
    if push.options.dry_run and not adapter.supports_dry_run:
        return _DryRun()
    if topic_pattern is None:
        return prepared
    try:
        to_many = _cut_until_it_fits(adapter, replace(push, to_topic=True), now)
    except PayloadRejected:
        return prepared  # which rejects the topics with the reason
    return _Apart(prepared, to_many, topic_pattern)


def warnings(vendor: str, adapter: Adapter, push: Push) -> Sequence[FieldError]:
    """What the caller should know of the push that is no reason to refuse it. None of it names the vendor."""
    found = list(cast("SupportsWarnings", adapter).warnings(push)) if _warns(type(adapter)) else []
    if push.options.badge is not None and Feature.BADGE not in vendors()[vendor].features:
        found.append(FieldError("options.badge", "has no effect: the vendor sets no number at the icon"))
    return found


@cache
def _warns(kind: type[Adapter]) -> bool:
    """Whether adapters of this class warn. To compare an object with a protocol takes long, for each push again."""
    return issubclass(kind, SupportsWarnings)


def _cut_until_it_fits(adapter: Adapter, push: Push, now: datetime) -> Prepared:
    for _ in range(_ATTEMPTS):
        try:
            return adapter.prepare(push, now)
        except PayloadRejected as error:
            content = _shorter(push.content, error) if push.options.on_too_long is TooLong.TRUNCATE else None
            if content is None:
                raise
            push = replace(push, content=content)
    return adapter.prepare(push, now)


def _shorter(content: Content, error: PayloadRejected) -> Content | None:
    """The content without what is too much of it; None where cutting does not help."""
    if error.code == "too_long" and error.field == "content.title":
        title = cut(content.title, error.measure(content.title) - error.excess, error.measure)
        return replace(content, title=title) if title else None
    if error.code == "too_long" and error.field == "content.body":
        body = cut(content.body, error.measure(content.body) - error.excess, error.measure)
        return replace(content, body=body) if body else None
    if error.code == "payload_too_large" and error.excess:
        return _smaller(content, error.excess)
    return None


def _smaller(content: Content, excess: int) -> Content | None:
    """The content with so many bytes less: of the body, and of the title once that is not enough."""
    if body := cut(content.body, _as_json(content.body) - excess, _as_json):
        return replace(content, body=body)
    body = min(content.body, ELLIPSIS, key=_as_json)
    excess -= _as_json(content.body) - _as_json(body)
    title = content.title
    if excess > 0:
        title = cut(title, _as_json(title) - excess, _as_json)
    return replace(content, title=title, body=body) if title else None


def cut(text: str, most: int, size: Callable[[str], int]) -> str:
    """As much of the text's beginning as fits with an ellipsis, whole graphemes only; '' if none does.

    Sizes are those that `size` tells; that of a whole is that of its parts together, but for a constant.
    """
    room = most - (size(ELLIPSIS) - size(""))
    kept: list[str] = []
    used = size("")
    for grapheme in _GRAPHEME.findall(text):
        used += size(grapheme) - size("")
        if used > room:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + ELLIPSIS if kept else ""


def _as_json(text: str) -> int:
    return len(orjson.dumps(text))


class _DryRun:
    """A push that was checked and rendered, and goes nowhere: the vendor has no test mode of its own."""

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Nobody is asked, so nobody refuses."""
        return NO_SCOPES

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Nothing is sent."""
        yield range(len(tokens)), Verdict(Outcome.ACCEPTED, "dry_run", "checked, not sent", asked=False)


class _Apart:
    """A push, rendered for terminals, and once more for tokens that stand for many."""

    def __init__(self, to_one: Prepared, to_many: Prepared, topic_pattern: re.Pattern[str]) -> None:
        self._to_one = to_one
        self._to_many = to_many
        self._topic_pattern = topic_pattern

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about: the same for both."""
        return self._to_one.scopes(count)

    async def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens, to terminals first."""
        parts: dict[bool, list[int]] = {False: [], True: []}
        for index, token in enumerate(tokens):
            parts[bool(self._topic_pattern.match(token.decode()))].append(index)
        for is_many, indexes in parts.items():
            part = self._to_many if is_many else self._to_one
            if not indexes:
                continue
            async with closing(part.send([tokens[index] for index in indexes], go_on)) as answers:
                async for some, verdict in answers:
                    yield [indexes[index] for index in some], verdict
