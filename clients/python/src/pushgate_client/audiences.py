"""Audiences: count, save, freeze.

Made from `async_audiences.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, path
from pushgate_client.transport import Transport


class Audiences:
    """Saved audiences of an app, and counts of any audience."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def count(
        self, audience: types.AudienceBody, *, by: Sequence[str] = (), lines: bool = False
    ) -> types.AudienceCount:
        """Count the terminals of an audience by vendor and language, and by what `by` names. With
        `lines`, of an `all_of` also those that are left after each part.
        """
        body = {"audience": audience, "by": by, "lines": lines}
        call = Call(method="POST", path="/v1/audience:count", json=body)
        return cast("types.AudienceCount", self._transport.send(call))

    def save(self, name: str, audience: types.AudienceNode) -> types.SavedAudienceWithWarnings:
        """Save an audience as a rule under this name, or replace the one that has the name."""
        call = Call(method="PUT", path=path("/v1/audiences/{}", name), json={"audience": audience})
        return cast("types.SavedAudienceWithWarnings", self._transport.send(call))

    def get(self, name: str) -> types.SavedAudience:
        """Return a saved audience."""
        call = Call(method="GET", path=path("/v1/audiences/{}", name))
        return cast("types.SavedAudience", self._transport.send(call))

    def list(self, *, page_size: int = 100) -> Iterator[types.SavedAudienceRow]:
        """Yield the saved audiences, by name."""
        call = Call(method="GET", path="/v1/audiences", query={"limit": page_size})
        for page in self._transport.pages(call):
            for one in cast("types.SavedAudiencePage", page)["audiences"]:
                yield one

    def delete(self, name: str) -> None:
        """Delete a saved audience that nothing names."""
        self._transport.send(Call(method="DELETE", path=path("/v1/audiences/{}", name)))

    def freeze(self, name: str, audience: types.AudienceNode) -> types.SavedAudienceWithWarnings:
        """Save the terminals that an audience holds now, whatever becomes of them."""
        call = Call(method="POST", path=path("/v1/audiences/{}:freeze", name), json={"audience": audience})
        return cast("types.SavedAudienceWithWarnings", self._transport.send(call))
