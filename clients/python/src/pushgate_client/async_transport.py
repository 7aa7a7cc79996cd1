"""Sends calls and repeats them where that is safe. `transport.py` is made from this file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import httpx

from pushgate_client.calls import Call, delay, may_repeat, to_json
from pushgate_client.configuration import to_address, to_headers
from pushgate_client.errors import ApiError, ConnectionFailed, to_error, unreadable

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class AsyncTransport:
    """The way to one Pushgate with one API key; see `AsyncPushgate`."""

    def __init__(
        self,
        url: str | None,
        key: str | None,
        *,
        timeout: float,
        max_attempts: int,
        http: httpx.AsyncClient | None,
    ) -> None:
        self.url = to_address(url)
        self._headers = to_headers(key)
        self._max_attempts = max_attempts
        self._owned = http is None
        self._http = http or httpx.AsyncClient(timeout=timeout)

    async def aclose(self) -> None:
        """Close the connections, unless `http` was given."""
        if self._owned:
            await self._http.aclose()

    async def send(self, call: Call) -> dict[str, Any]:
        """Return the JSON of the answer, an empty dict where there is none.

        Raises ApiError and its kinds, ConnectionFailed.
        """
        response = await self._attempts(call)
        if not response.content:
            return {}
        try:
            return cast("dict[str, Any]", response.json())
        except ValueError as error:
            raise unreadable(response.status_code, response.headers) from error

    async def text(self, call: Call) -> str:
        """Return the answer as it is. Raises what `send` raises."""
        return (await self._attempts(call)).text

    async def pages(self, call: Call) -> AsyncIterator[dict[str, Any]]:
        """Yield the pages of a list, from the call's cursor on. Each is read when it is needed."""
        query = dict(call.query)
        while True:
            page = await self.send(replace(call, query=query))
            yield page
            query["cursor"] = page["next_cursor"]
            if query["cursor"] is None:
                return

    async def pause(self, call: Call, error: ApiError | ConnectionFailed, failed: int) -> None:
        """Wait before the call is repeated, after so many failed attempts in a row. Raises the
        error where it must not be repeated.
        """
        if failed >= self._max_attempts or not may_repeat(call, error):
            raise error
        # Gives Pushgate time to recover, and at least the time that it asks for.
        await asyncio.sleep(delay(failed - 1, error))

    async def _attempts(self, call: Call) -> httpx.Response:
        failed = 0
        while True:
            try:
                return await self._attempt(call)
            except (ApiError, ConnectionFailed) as error:
                failed += 1
                await self.pause(call, error, failed)

    async def _attempt(self, call: Call) -> httpx.Response:
        try:
            response = await self._http.request(
                call.method,
                self.url + call.path,
                params=call.params(),
                headers={**self._headers, **call.headers},
                json=None if call.json is None else to_json(call.json),
                content=call.content,
                timeout=self._timeout(call),
            )
        except httpx.HTTPError as error:
            raise _failed(self.url, error) from error
        if response.is_success or response.status_code in call.answers:
            return response
        raise to_error(response.status_code, response.headers, response.content)

    @asynccontextmanager
    async def stream(
        self, call: Call, content: AsyncIterator[bytes] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """Open a call whose body or answer is a stream. It is attempted once."""
        try:
            async with self._http.stream(
                call.method,
                self.url + call.path,
                params=call.params(),
                headers={**self._headers, **call.headers},
                content=content,
                timeout=self._timeout(call),
            ) as response:
                if not response.is_success:
                    raise to_error(response.status_code, response.headers, await response.aread())
                yield response
        except httpx.HTTPError as error:
            raise _failed(self.url, error) from error

    def _timeout(self, call: Call) -> httpx.Timeout:
        usual = self._http.timeout
        return httpx.Timeout(
            connect=usual.connect,
            read=None if usual.read is None else usual.read + call.wait,
            write=None if usual.write is None else usual.write + call.wait,
            pool=usual.pool,
        )


def _failed(url: str, error: httpx.HTTPError) -> ConnectionFailed:
    may_be_done = not isinstance(error, _NEVER_SENT)
    return ConnectionFailed(f"{url}: {str(error) or type(error).__name__}", may_be_done=may_be_done)
