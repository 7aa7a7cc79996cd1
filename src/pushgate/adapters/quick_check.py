"""A cheap check that recognizes most pushes that a vendor surely carries. These need not be
rendered to be checked. Pure.

A vendor's rules are values. The sizes of a push are computed once, and compared with the rules of
all vendors.
"""

import sys
from collections.abc import Mapping, Set
from dataclasses import dataclass

import orjson

from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import collapse_name
from pushgate.adapters.contract import Push, PushSize
from pushgate.domain.message import Category

FRAME = 640
"""The most bytes of a vendor's body that are not the caller's.

That is: names of fields, numbers, times, the class of message, the address of receipts.
"""
NO_LIMIT = NO_BADGE = sys.maxsize
ANY_CATEGORY: Set[Category | None] = frozenset([None, *Category])
NO_CATEGORY: Set[Category | None] = frozenset()
NAMED_CATEGORIES: Set[Category | None] = frozenset(Category)


def measure(push: Push) -> PushSize:
    """Count the push in the units of all vendors."""
    content, name = push.content, collapse_name(push)
    title, body, url = content.title, content.body, content.url or ""
    data = orjson.dumps(client_data(push))
    text = data.decode()
    # FCM's body has the push's name four times, Harmony's has its id twice, and the address that a
    # click opens is repeated beside the data.
    texts = [title, body, url, content.image, push.message_id, push.message_id, name, name, name, name]
    chosen = len(orjson.dumps(texts))
    return PushSize(
        id=len(push.message_id),
        title=len(title),
        body=len(body),
        title_width=_max_width(title),
        body_width=_max_width(body),
        url=len(url),
        data=len(data),
        data_characters=len(text),
        plain=chosen + len(data),
        nested=chosen + len(orjson.dumps(text)),
        has_text=bool(title.strip() and body.strip()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickLimits:
    """The rules of a vendor for a push that shows a notification and has no options of the vendor.

    For any other push, nothing is sure. Limits are in the units of `PushSize`. Pushes to topics
    have `max_topic_bytes` beside `max_bytes`. With `nests_data` the client's data is a JSON text
    inside of the vendor's JSON. The vendor warns of no category in `unwarned_categories`, and of no
    picture where the category is in `pictured_categories`. A number at the icon has an effect from
    `min_badge` on.
    """

    vendor: str
    max_id: int = NO_LIMIT
    max_title: int = NO_LIMIT
    max_body: int = NO_LIMIT
    max_title_width: int = NO_LIMIT
    max_body_width: int = NO_LIMIT
    max_url: int = NO_LIMIT
    max_data: int = NO_LIMIT
    max_data_characters: int = NO_LIMIT
    max_bytes: int = NO_LIMIT
    max_topic_bytes: int = NO_LIMIT
    nests_data: bool = False
    needs_text: bool = False
    needs_https_image: bool = False
    reserved_keys: frozenset[str] = frozenset()
    reserved_prefixes: tuple[str, ...] = ()
    unwarned_categories: Set[Category | None] = ANY_CATEGORY
    pictured_categories: Set[Category | None] = ANY_CATEGORY
    min_badge: int = 0

    def surely_carries(self, push: Push, size: PushSize) -> bool:
        """Whether the vendor's `prepare` takes the push, and leaves its content whole."""
        total = FRAME + (size.nested if self.nests_data else size.plain)
        return (
            self._judges(push)
            and total <= self.max_bytes
            and (total <= self.max_topic_bytes or not push.to_topic)
            and size.title <= self.max_title
            and size.body <= self.max_body
            and size.title_width <= self.max_title_width
            and size.body_width <= self.max_body_width
            and size.url <= self.max_url
            and size.data <= self.max_data
            and size.data_characters <= self.max_data_characters
            and size.id <= self.max_id
            and (size.has_text or not self.needs_text)
            and self._takes_image(push.content.image)
            and self._takes_keys(push.content.data)
        )

    def surely_unwarned(self, push: Push) -> bool:
        """Whether there is nothing to warn of, where the vendor takes the push."""
        options = push.options
        return (
            self._judges(push)
            and options.category in self.unwarned_categories
            and (options.badge is None or options.badge >= self.min_badge)
            and (not push.content.image or options.category in self.pictured_categories)
        )

    def _judges(self, push: Push) -> bool:
        return not push.options.silent and self.vendor not in push.options.vendors

    def _takes_image(self, image: str | None) -> bool:
        return not (image and self.needs_https_image) or image.startswith("https://")

    def _takes_keys(self, data: Mapping[str, str]) -> bool:
        if not self.reserved_keys.isdisjoint(data):
            return False
        prefixes = self.reserved_prefixes
        return not prefixes or not any(key.startswith(prefixes) for key in data)


def _max_width(text: str) -> int:
    """Return at least the text's width (see `text_width`), in which ASCII alone surely counts 1.

    A character that counts 2 has at least two bytes.
    """
    characters = len(text)
    if text.isascii():
        return characters
    return characters + min(characters, len(text.encode()) - characters)
