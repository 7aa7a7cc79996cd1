"""API keys: create, list, rotate, revoke.

Made from `async_keys.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, path, present
from pushgate_client.transport import Transport


class Keys:
    """The API keys of an app; an operator's key sees those of all apps."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, body: types.KeyBody) -> types.NewKey:
        """Create a key. Its text is in this answer alone: the call is not repeated."""
        call = Call(method="POST", path="/v1/keys", json=body, repeatable=False)
        return cast("types.NewKey", self._transport.send(call))

    def list(self, *, app: str | None = None, page_size: int = 100) -> Iterator[types.Key]:
        """Yield the keys."""
        call = Call(method="GET", path="/v1/keys", query={"app": app, "limit": page_size})
        for page in self._transport.pages(call):
            for one in cast("types.KeyPage", page)["keys"]:
                yield one

    def get(self, key_id: str) -> types.Key:
        """Return a key without its secret."""
        call = Call(method="GET", path=path("/v1/keys/{}", key_id))
        return cast("types.Key", self._transport.send(call))

    def rotate(self, key_id: str, *, overlap: str | None = None) -> types.NewKey:
        """Give a key another secret. The one before holds for `overlap`, such as `1h`."""
        call = Call(
            method="POST",
            path=path("/v1/keys/{}:rotate", key_id),
            json=present(overlap=overlap),
            repeatable=False,
        )
        return cast("types.NewKey", self._transport.send(call))

    def revoke(self, key_id: str) -> None:
        """Delete a key. Every process refuses it within a second."""
        self._transport.send(Call(method="DELETE", path=path("/v1/keys/{}", key_id)))
