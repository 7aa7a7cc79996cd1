"""Drafts: messages that are being written.

Made from `async_drafts.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, idempotent, path
from pushgate_client.transport import Transport


class Drafts:
    """The drafts of an app. To send one, send its `message`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, message: types.DraftBody, *, idempotency_key: str | None = None) -> types.Draft:
        """Store a message as far as it is written."""
        call = Call(method="POST", path="/v1/drafts", json=message, headers=idempotent(idempotency_key))
        return cast("types.Draft", self._transport.send(call))

    def list(self, *, page_size: int = 100) -> Iterator[types.DraftHead]:
        """Yield the drafts without their messages, those changed last first."""
        call = Call(method="GET", path="/v1/drafts", query={"limit": page_size})
        for page in self._transport.pages(call):
            for draft in cast("types.DraftPage", page)["drafts"]:
                yield draft

    def get(self, draft_id: str) -> types.Draft:
        """Return a draft, and what would be refused if its message were sent now."""
        call = Call(method="GET", path=path("/v1/drafts/{}", draft_id))
        return cast("types.Draft", self._transport.send(call))

    def replace(self, draft_id: str, message: types.DraftBody, *, revision: int | None) -> types.Draft:
        """Replace a draft. Raises Conflict where somebody changed it since `revision`; None
        overwrites whatever is there.
        """
        headers = {"If-Match": _match(revision), **idempotent()}
        call = Call(method="PUT", path=path("/v1/drafts/{}", draft_id), json=message, headers=headers)
        return cast("types.Draft", self._transport.send(call))

    def delete(self, draft_id: str, *, revision: int | None = None) -> None:
        """Delete a draft. Raises Conflict where somebody changed it since `revision`."""
        headers = {"If-Match": _match(revision)}
        self._transport.send(Call(method="DELETE", path=path("/v1/drafts/{}", draft_id), headers=headers))


def _match(revision: int | None) -> str:
    return "*" if revision is None else f'"{revision}"'
