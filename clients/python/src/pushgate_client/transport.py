"""Sends calls and repeats them where that is safe.

Made from `async_transport.py` by `make clients`; do not edit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import httpx

from pushgate_client.calls import Call, delay, may_repeat, to_json
from pushgate_client.configuration import to_address, to_headers
from pushgate_client.errors import ApiError, ConnectionFailed, to_error, unreadable

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Transport:
    """The way to one Pushgate with one API key; see `Pushgate`."""

    def __init__(
        self,
        url: str | None,
        key: str | None,
        *,
        timeout: float,
        max_attempts: int,
        http: httpx.Client | None,
    ) -> None:
        self.url = to_address(url)
        self._headers = to_headers(key)
        self._max_attempts = max_attempts
        self._owned = http is None
        self._http = http or httpx.Client(timeout=timeout)

    def close(self) -> None:
        """Close the connections, unless `http` was given."""
        if self._owned:
            self._http.close()

    def send(self, call: Call) -> dict[str, Any]:
        """Return the JSON of the answer, an empty dict where there is none.

        Raises ApiError and its kinds, ConnectionFailed.
        """
        response = self._attempts(call)
        if not response.content:
            return {}
        try:
            return cast("dict[str, Any]", response.json())
        except ValueError as error:
            raise unreadable(response.status_code, response.headers) from error

    def text(self, call: Call) -> str:
        """Return the answer as it is. Raises what `send` raises."""
        return (self._attempts(call)).text

    def pages(self, call: Call) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list, from the call's cursor on. Each is read when it is needed."""
        query = dict(call.query)
        while True:
            page = self.send(replace(call, query=query))
            yield page
            query["cursor"] = page["next_cursor"]
            if query["cursor"] is None:
                return

    def pause(self, call: Call, error: ApiError | ConnectionFailed, failed: int) -> None:
        """Wait before the call is repeated, after so many failed attempts in a row. Raises the
        error where it must not be repeated.
        """
        if failed >= self._max_attempts or not may_repeat(call, error):
            raise error
        # Gives Pushgate time to recover, and at least the time that it asks for.
        time.sleep(delay(failed - 1, error))

    def _attempts(self, call: Call) -> httpx.Response:
        failed = 0
        while True:
            try:
                return self._attempt(call)
            except (ApiError, ConnectionFailed) as error:
                failed += 1
                self.pause(call, error, failed)

    def _attempt(self, call: Call) -> httpx.Response:
        try:
            response = self._http.request(
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

    @contextmanager
    def stream(self, call: Call, content: Iterator[bytes] | None = None) -> Iterator[httpx.Response]:
        """Open a call whose body or answer is a stream. It is attempted once."""
        try:
            with self._http.stream(
                call.method,
                self.url + call.path,
                params=call.params(),
                headers={**self._headers, **call.headers},
                content=content,
                timeout=self._timeout(call),
            ) as response:
                if not response.is_success:
                    raise to_error(response.status_code, response.headers, response.read())
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
