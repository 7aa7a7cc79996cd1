"""What the requests of a burst have in common. A value: it opens nothing and sends nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BurstTemplate:
    """A POST request without its *item*, the bytes in which one request differs from the next.

    The item is part of the body, `body_prefix + item
    + body_suffix`, unless one of two flags is set:

    - `item_in_path`: the item is the end of the path, and the body is `body_prefix`.
    - `item_in_path_and_body`: the item is split at its first space. The first part is the end of
      the path, the second part takes the item's place in the body.

    Header names are in lower case. Content-length is added.

    With `full_response`, a response 200 is reported with its headers and body. Without it, only the
    fact that a 200 came is reported, which is faster. Requests with `high_priority` overtake all
    others that wait for the same server.
    """

    path: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body_prefix: bytes = b""
    body_suffix: bytes = b""
    item_in_path: bool = False
    item_in_path_and_body: bool = False
    full_response: bool = False
    high_priority: bool = False

    def path_and_body(self, item: bytes) -> tuple[bytes, bytes]:
        """Path and body of the request for this item."""
        if self.item_in_path:
            return self.path + item, self.body_prefix
        if self.item_in_path_and_body:
            path_end, _, body_part = item.partition(b" ")
            return self.path + path_end, self.body_prefix + body_part + self.body_suffix
        return self.path, self.body_prefix + item + self.body_suffix
