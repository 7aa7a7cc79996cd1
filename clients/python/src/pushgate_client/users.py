"""People: what is kept of them.

Made from `async_users.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, path
from pushgate_client.transport import Transport


class Users:
    """The users of an app."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, user: str, *, cursor: str | None = None, limit: int | None = None) -> types.UserPage:
        """Return a part of what is kept of a user; `next_cursor` leads on. The first part has
        attributes, saved audiences and drafts beside terminals.
        """
        query = {"cursor": cursor, "limit": limit}
        call = Call(method="GET", path=path("/v1/users/{}", user), query=query)
        return cast("types.UserPage", self._transport.send(call))

    def change(self, user: str, changes: types.UserChangeBody) -> types.ChangedUser:
        """Change attributes of a user."""
        call = Call(method="PATCH", path=path("/v1/users/{}", user), json=changes)
        return cast("types.ChangedUser", self._transport.send(call))

    def erase(self, user: str) -> types.ErasedUser:
        """Erase every trace of a user. `complete` says whether that is all: else call again."""
        call = Call(method="DELETE", path=path("/v1/users/{}", user))
        return cast("types.ErasedUser", self._transport.send(call))
