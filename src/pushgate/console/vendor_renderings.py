"""What each vendor was sent: the texts as they were cut for it, its class of message and its own
options. Pure.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pushgate.adapters.message_classes import names_class
from pushgate.adapters.registry import vendors
from pushgate.console.composing.text_limits import Counted, Part, count_text, cut_for, tightest
from pushgate.console.vendors import vendor_order
from pushgate.content.language import best_match
from pushgate.domain.message import Category
from pushgate_client.types import GroupCounts, TrackedMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One content as one vendor was sent it."""

    vendor: str
    language: str
    number: int
    """How many terminals get it."""
    title: str
    body: str
    over: Counted | None
    """The limit that a text of the content does not fit; None where all fits."""
    is_cut: bool
    """Whether the text was cut, so that it fits."""
    options: str
    """The vendor's own options and its class of message, as JSON; empty without any."""


def list_renderings(message: TrackedMessage, groups: Sequence[GroupCounts]) -> list[Rendering]:
    """Return what each vendor was sent, by vendor and the language of the content."""
    content, default = message["content"], message["default_language"]
    if not content or default is None:
        return []
    numbers: defaultdict[tuple[str, str], int] = defaultdict(int)
    for group in groups:
        numbers[group["vendor"], best_match(group["language"], content, default)] += group["targeted"]
    ordered = sorted(numbers, key=lambda key: (vendor_order(key[0]), -numbers[key]))
    return [_render(message, vendor, language, numbers[vendor, language]) for vendor, language in ordered]


def _render(message: TrackedMessage, vendor: str, language: str, number: int) -> Rendering:
    assert message["content"] is not None
    shown, options = message["content"][language], message["options"]
    is_cut = options is not None and options["on_too_long"] == "truncate"
    texts = ((Part.TITLE, shown["title"]), (Part.BODY, shown["body"]))
    over = next((one for part, text in texts if (one := tightest(count_text(text, part, [vendor])))), None)
    title, body = (cut_for(text, part, vendor) if is_cut else text for part, text in texts)
    return Rendering(
        vendor=vendor,
        language=language,
        number=number,
        title=title,
        body=body,
        over=over,
        is_cut=is_cut and over is not None,
        options=_options(message, vendor),
    )


def _options(message: TrackedMessage, vendor: str) -> str:
    options = cast("Mapping[str, object]", message["options"] or {})
    own = cast("Mapping[str, object]", options.get(vendor) or {})
    merged = {**dict(_class_of(vendor, own, options.get("category"))), **own}
    return json.dumps(merged, ensure_ascii=False) if merged else ""


def _class_of(vendor: str, own: Mapping[str, object], category: object) -> Iterator[tuple[str, object]]:
    """Yield the vendor's options that the message's category chooses."""
    known = vendors().get(vendor)
    if known and category in list(Category) and not names_class(own, known.message_classes):
        yield from known.message_classes.get(Category(str(category)), {}).items()
