"""What the requests of a burst have in common, and items in which they differ.

Values: they open nothing and send nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

Fields = tuple[tuple[bytes, bytes], ...]
"""Header fields: names in lower case, and values."""


class RequestItem(NamedTuple):
    """An item of a template with `request_items`: what one request has beside the template.

    No field in `headers` may also be one of the template's.
    """

    path_end: bytes
    body: bytes
    headers: Fields = ()


Item = bytes | RequestItem
"""What one request of a burst has beside the template."""


def body_of(item: Item) -> bytes:
    """Return the item's part of the body."""
    return item.body if isinstance(item, RequestItem) else item


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BurstTemplate:
    """A POST request without its *item*, in which one request differs from the next.

    The item is bytes, a part of the body: `body_prefix + item + body_suffix`. One of two flags may
    be set:

    - `item_in_path`: the item is bytes, the end of the path, and the body is `body_prefix`.
    - `request_items`: the item is a `RequestItem`, which holds the end of the path, the same part
      of the body, and header fields that follow the template's.

    Header names are in lower case. Content-length is added.

    With `full_response`, a response 200 is reported with its headers and body. Without it, only the
    fact that a 200 came is reported, which is faster. Requests with `high_priority` overtake all
    others that wait for the same server.
    """

    path: bytes
    headers: Fields
    body_prefix: bytes = b""
    body_suffix: bytes = b""
    item_in_path: bool = False
    request_items: bool = False
    full_response: bool = False
    high_priority: bool = False

    @property
    def path_varies(self) -> bool:
        """Whether requests may differ in the path."""
        return self.item_in_path or self.request_items

    def request(self, item: Item) -> tuple[bytes, Fields, bytes]:
        """Path, header fields and body of the request for this item."""
        if isinstance(item, RequestItem):
            body = self.body_prefix + item.body + self.body_suffix
            return self.path + item.path_end, self.headers + item.headers, body
        if self.item_in_path:
            return self.path + item, self.headers, self.body_prefix
        return self.path, self.headers, self.body_prefix + item + self.body_suffix
