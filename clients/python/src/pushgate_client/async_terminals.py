"""Terminals: register, find, import, export. `terminals.py` is made from this file."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from typing import cast

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, path, present
from pushgate_client.errors import ApiError, ConnectionFailed, unreadable
from pushgate_client.lines import AsyncSource, LineSplitter, async_chunks, content_type

_IMPORT_WAIT = 300.0
"""Seconds: an import answers when its last lines are stored."""


class AsyncTerminals:
    """The registered terminals of an app."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def register(self, terminal_id: str, body: types.TerminalBody) -> types.TerminalWithWarnings:
        """Register a terminal, or replace all that is known of it."""
        call = Call(method="PUT", path=path("/v1/terminals/{}", terminal_id), json=body)
        return cast("types.TerminalWithWarnings", await self._transport.send(call))

    async def register_many(
        self, terminals: Sequence[Mapping[str, object]]
    ) -> Sequence[types.TerminalBatchResult]:
        """Register up to 1,000 terminals; returns one result for each, in their order."""
        call = Call(method="POST", path="/v1/terminals:batch", json={"terminals": terminals})
        return cast("types.TerminalBatchResults", await self._transport.send(call))["results"]

    async def change(self, terminal_id: str, changes: types.TerminalChangeBody) -> types.TerminalWithWarnings:
        """Change some fields of a terminal; the others stay."""
        call = Call(method="PATCH", path=path("/v1/terminals/{}", terminal_id), json=changes)
        return cast("types.TerminalWithWarnings", await self._transport.send(call))

    async def get(self, terminal_id: str) -> types.Terminal:
        """Return a terminal without its push token."""
        call = Call(method="GET", path=path("/v1/terminals/{}", terminal_id))
        return cast("types.Terminal", await self._transport.send(call))

    async def delete(self, terminal_id: str) -> None:
        """Forget a terminal. Harmless where there is none."""
        await self._transport.send(Call(method="DELETE", path=path("/v1/terminals/{}", terminal_id)))

    async def find(
        self,
        *,
        token: str | None = None,
        vendor: types.Vendor | None = None,
        id: str | None = None,  # noqa: A002  # the API's name
    ) -> types.Terminal:
        """Find the terminal with this push token or id. Raises NotFound."""
        body = present(token=token, vendor=vendor, id=id)
        call = Call(method="POST", path="/v1/terminals:find", json=body)
        return cast("types.Terminal", await self._transport.send(call))

    async def search(
        self,
        *,
        user: str | None = None,
        tag: str | None = None,
        vendor: types.Vendor | None = None,
        language: str | None = None,
        timezone: str | None = None,
        app_version: str | None = None,
        seen_before: date | str | None = None,
        seen_after: date | str | None = None,
        registered_before: date | str | None = None,
        registered_after: date | str | None = None,
        attribute: str | None = None,
        equals: str | float | bool | None = None,
        page_size: int = 100,
    ) -> AsyncIterator[types.Terminal]:
        """Yield the terminals that meet all conditions given. `attribute` goes with `equals`; days
        are UTC, and `..._after` means on this day or later.
        """
        query = {
            "user": user,
            "tag": tag,
            "vendor": vendor,
            "language": language,
            "timezone": timezone,
            "app_version": app_version,
            "seen_before": seen_before,
            "seen_after": seen_after,
            "registered_before": registered_before,
            "registered_after": registered_after,
            "attribute": attribute,
            "equals": equals,
            "limit": page_size,
        }
        async for page in self._transport.pages(Call(method="GET", path="/v1/terminals", query=query)):
            for terminal in cast("types.TerminalPage", page)["terminals"]:
                yield terminal

    async def messages(self, terminal_id: str, *, page_size: int = 50) -> AsyncIterator[types.HistoryEntry]:
        """Yield what the terminal was sent and what became of that, newest first."""
        call = Call(
            method="GET", path=path("/v1/terminals/{}/messages", terminal_id), query={"limit": page_size}
        )
        async for page in self._transport.pages(call):
            for entry in cast("types.History", page)["messages"]:
                yield entry

    async def diagnose(self, terminal_id: str, *, ask_vendor: bool = False) -> types.Diagnosis:
        """Tell what is wrong with a terminal and what to do. `ask_vendor` has its vendor asked."""
        method = "POST" if ask_vendor else "GET"
        where = path("/v1/terminals/{}/diagnosis", terminal_id)
        call = Call(method=method, path=where, repeatable=not ask_vendor)
        return cast("types.Diagnosis", await self._transport.send(call))

    async def export(self) -> AsyncIterator[types.TerminalLine]:
        """Yield all terminals with their push tokens, in bounded memory.

        An export that is cut goes on at its last mark, so that no terminal is missing at the end.
        Raises ConnectionFailed, ApiError.
        """
        after: str | None = None
        failed = 0
        while True:
            call = Call(method="GET", path="/v1/terminals:export", query={"format": "ndjson", "after": after})
            try:
                async with aclosing(self._portions(call)) as portions:
                    async for terminals, place in portions:
                        after, failed = place, 0
                        for terminal in terminals:
                            yield terminal
                if after is None:
                    return
            except (ApiError, ConnectionFailed) as error:
                failed += 1
                await self._transport.pause(call, error, failed)

    async def _portions(
        self, call: Call
    ) -> AsyncGenerator[tuple[Sequence[types.TerminalLine], str | None], None]:
        """Yield the terminals up to each mark, and where an export goes on; None is the end.

        Raises ConnectionFailed for an export that is cut, ApiError.
        """
        splitter = LineSplitter()
        waiting: list[types.TerminalLine] = []
        async with self._transport.stream(call) as response:
            async for chunk in response.aiter_bytes():
                for line in splitter.split(chunk):
                    found = json.loads(line)
                    if "export" in found:
                        mark = found["export"]
                        yield waiting, mark.get("after")
                        if mark.get("complete"):
                            return
                        waiting = []
                    else:
                        waiting.append(found)
        raise ConnectionFailed("the export was cut before its end", may_be_done=False)

    async def import_all(
        self, source: AsyncSource, *, name: str | None = None, form: str | None = None
    ) -> types.Import:
        """Register terminals of any number, in constant memory: from a file by its path, from one
        that is open for bytes, or one by one.

        `form` is `csv` or `ndjson`, where the file's name does not tell. With a `name` the import
        is resumed: after an error send the same terminals again under the same name, and those that
        are done are passed over. The call is not repeated by itself; `problem["progress"]` of an
        ApiError tells how far it came.
        """
        headers = {"Content-Type": content_type(source, form)}
        call = Call(
            method="POST",
            path="/v1/terminals:import",
            query={"import": name},
            headers=headers,
            wait=_IMPORT_WAIT,
        )
        async with self._transport.stream(call, async_chunks(source)) as response:
            content = await response.aread()
            try:
                return cast("types.Import", json.loads(content))
            except ValueError as error:
                raise unreadable(response.status_code, response.headers) from error

    async def import_progress(self, name: str) -> types.ImportRecord:
        """Return how far an import with this name is."""
        call = Call(method="GET", path=path("/v1/imports/{}", name))
        return cast("types.ImportRecord", await self._transport.send(call))

    async def count_silent(self, days: int) -> types.SilentTerminals:
        """Count the terminals without a sign of life for so many days."""
        call = Call(method="POST", path="/v1/terminals:forget-silent", json={"days": days})
        return cast("types.SilentTerminals", await self._transport.send(call))

    async def forget_silent(
        self, days: int, *, at_most: int, even_most: bool = False
    ) -> types.SilentTerminals:
        """Remove these terminals in the background. Raises Conflict where there are more than
        `at_most`, or half of all without `even_most`.
        """
        body = {"days": days, "at_most": at_most, "even_most": even_most}
        call = Call(method="POST", path="/v1/terminals:forget-silent", json=body)
        return cast("types.SilentTerminals", await self._transport.send(call))

    async def silent_removal(self) -> types.LastRemoval:
        """Return how far the last removal of silent terminals is."""
        call = Call(method="GET", path="/v1/terminals:forget-silent")
        return cast("types.LastRemoval", await self._transport.send(call))

    async def stop_silent_removal(self) -> types.LastRemoval:
        """Stop the removal of silent terminals."""
        call = Call(method="DELETE", path="/v1/terminals:forget-silent")
        return cast("types.LastRemoval", await self._transport.send(call))
