"""People: what is kept of them. `users.py` is made from this file."""

from __future__ import annotations

from typing import cast

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, path


class AsyncUsers:
    """The users of an app."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self, user: str, *, cursor: str | None = None, limit: int | None = None) -> types.UserPage:
        """Return a part of what is kept of a user; `next_cursor` leads on. The first part has
        attributes, saved audiences and drafts beside terminals.
        """
        query = {"cursor": cursor, "limit": limit}
        call = Call(method="GET", path=path("/v1/users/{}", user), query=query)
        return cast("types.UserPage", await self._transport.send(call))

    async def change(self, user: str, changes: types.UserChangeBody) -> types.ChangedUser:
        """Change attributes of a user."""
        call = Call(method="PATCH", path=path("/v1/users/{}", user), json=changes)
        return cast("types.ChangedUser", await self._transport.send(call))

    async def erase(self, user: str) -> types.ErasedUser:
        """Erase every trace of a user. `complete` says whether that is all: else call again."""
        call = Call(method="DELETE", path=path("/v1/users/{}", user))
        return cast("types.ErasedUser", await self._transport.send(call))
