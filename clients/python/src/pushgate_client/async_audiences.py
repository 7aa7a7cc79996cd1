"""Audiences: count, save, freeze. `audiences.py` is made from this file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import cast

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, path


class AsyncAudiences:
    """Saved audiences of an app, and counts of any audience."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def count(
        self, audience: types.AudienceBody, *, by: Sequence[str] = (), lines: bool = False
    ) -> types.AudienceCount:
        """Count the terminals of an audience by vendor and language, and by what `by` names. With
        `lines`, of an `all_of` also those that are left after each part.
        """
        body = {"audience": audience, "by": by, "lines": lines}
        call = Call(method="POST", path="/v1/audience:count", json=body)
        return cast("types.AudienceCount", await self._transport.send(call))

    async def save(self, name: str, audience: types.AudienceNode) -> types.SavedAudienceWithWarnings:
        """Save an audience as a rule under this name, or replace the one that has the name."""
        call = Call(method="PUT", path=path("/v1/audiences/{}", name), json={"audience": audience})
        return cast("types.SavedAudienceWithWarnings", await self._transport.send(call))

    async def get(self, name: str) -> types.SavedAudience:
        """Return a saved audience."""
        call = Call(method="GET", path=path("/v1/audiences/{}", name))
        return cast("types.SavedAudience", await self._transport.send(call))

    async def list(self, *, page_size: int = 100) -> AsyncIterator[types.SavedAudienceRow]:
        """Yield the saved audiences, by name."""
        call = Call(method="GET", path="/v1/audiences", query={"limit": page_size})
        async for page in self._transport.pages(call):
            for one in cast("types.SavedAudiencePage", page)["audiences"]:
                yield one

    async def delete(self, name: str) -> None:
        """Delete a saved audience that nothing names."""
        await self._transport.send(Call(method="DELETE", path=path("/v1/audiences/{}", name)))

    async def freeze(self, name: str, audience: types.AudienceNode) -> types.SavedAudienceWithWarnings:
        """Save the terminals that an audience holds now, whatever becomes of them."""
        call = Call(method="POST", path=path("/v1/audiences/{}:freeze", name), json={"audience": audience})
        return cast("types.SavedAudienceWithWarnings", await self._transport.send(call))
