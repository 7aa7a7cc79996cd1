"""The audit log: which key did what.

Made from `async_audit.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal, cast

from pushgate_client import types
from pushgate_client.calls import Call
from pushgate_client.transport import Transport


class Audit:
    """The audit log of an app; an operator's key reads those of all apps."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def read(
        self,
        after: str | None = None,
        *,
        app: str | None = None,
        order: Literal["oldest", "newest"] | None = None,
        limit: int | None = None,
        action: str | None = None,
        key: str | None = None,
        target: str | None = None,
        since: datetime | str | None = None,
        user: str | None = None,
        terminal: str | None = None,
    ) -> types.AuditPage:
        """Return a page of entries. Its `after` leads on, and to entries that come later: keep it
        to follow the log.
        """
        query = {
            "after": after,
            "app": app,
            "order": order,
            "limit": limit,
            "action": action,
            "key": key,
            "target": target,
            "since": since,
            "user": user,
            "terminal": terminal,
        }
        call = Call(method="GET", path="/v1/audit", query=query)
        return cast("types.AuditPage", self._transport.send(call))

    def list(
        self,
        *,
        app: str | None = None,
        order: Literal["oldest", "newest"] = "oldest",
        action: str | None = None,
        key: str | None = None,
        target: str | None = None,
        since: datetime | str | None = None,
        user: str | None = None,
        terminal: str | None = None,
    ) -> Iterator[types.AuditEntry]:
        """Yield all entries up to now, the oldest first where `order` says nothing else."""
        query = {"app": app, "action": action, "key": key, "target": target, "since": since}
        call = Call(method="GET", path="/v1/audit", query={**query, "user": user, "terminal": terminal})
        place: dict[str, str] = {"order": order}
        while True:
            found = self._transport.send(replace(call, query={**call.query, **place}))
            page = cast("types.AuditPage", found)
            for entry in page["entries"]:
                yield entry
            if not page["has_more"]:
                return
            place = {"after": page["after"]}
