"""Which content each terminal would get, and what vendors' limits would do to it. No I/O."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from pushgate.adapters.preparation import find_cuts
from pushgate.adapters.topics import is_topic
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.vendor_check import Sign, in_language, push_in
from pushgate.content.language import best_match
from pushgate.domain.audience import Audience, ByToken
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Message
from pushgate.domain.terminal import Group
from pushgate.preflight.plan import Effect, LimitedContent


class _Rendering(NamedTuple):
    """A content as a vendor renders it, for terminals or for topics."""

    vendor: str
    language: str
    to_topics: bool


def content_languages(message: Message, groups: Mapping[Group, int]) -> dict[Group, str]:
    """The language of the content that each group gets."""
    return {group: best_match(group.language, message.content, message.default_language) for group in groups}


def find_limited(
    configured: ConfiguredApp, message: Message, audience: Audience, groups: Mapping[Group, int], sign: Sign
) -> list[LimitedContent]:
    """The contents that vendors of the app would refuse or cut, for terminals of these groups."""
    languages, topics = content_languages(message, groups), _topics(audience)
    counts = Counter[_Rendering]()
    for group, count in groups.items():
        language, of_topics = languages[group], topics[group]
        counts[_Rendering(group.vendor, language, to_topics=False)] += count - of_topics
        counts[_Rendering(group.vendor, language, to_topics=True)] += of_topics
    return [
        found
        for rendering, count in sorted((+counts).items())
        if rendering.vendor in configured.vendors
        for found in _limits(configured, message, rendering, count, sign)
    ]


def _topics(audience: Audience) -> Counter[Group]:
    tokens = audience.tokens if isinstance(audience, ByToken) else ()
    return Counter(
        Group(item.vendor, item.language, inline=True) for item in tokens if is_topic(item.vendor, item.token)
    )


def _limits(
    configured: ConfiguredApp, message: Message, rendering: _Rendering, count: int, sign: Sign
) -> Iterator[LimitedContent]:
    push = push_in(message, rendering.language, sign)
    if rendering.to_topics:
        push = replace(push, to_topic=True)
    effect = Effect.CUT
    try:
        found = find_cuts(configured.vendors[rendering.vendor].adapter, push, message.push_at)
    except PayloadRejected as error:
        effect, found = Effect.REFUSED, [error]
    # A field that is cut in several steps is named once.
    for limit in {one.field: one for one in reversed(found)}.values():
        yield LimitedContent(
            vendor=rendering.vendor,
            language=rendering.language,
            to_topics=rendering.to_topics,
            count=count,
            effect=effect,
            code=limit.code,
            reason=in_language(FieldError(limit.field, limit.reason), rendering.language),
        )
