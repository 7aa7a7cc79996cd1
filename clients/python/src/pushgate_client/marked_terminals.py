"""Terminals that are marked for tests.

Made from `async_marked_terminals.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, path
from pushgate_client.transport import Transport


class MarkedTerminals:
    """The terminals of an app that are marked for tests."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def mark(self, terminal_id: str, name: str) -> types.MarkedTerminal:
        """Mark a registered terminal for tests, under a name such as `Anna's phone`."""
        call = Call(method="PUT", path=path("/v1/test-terminals/{}", terminal_id), json={"name": name})
        return cast("types.MarkedTerminal", self._transport.send(call))

    def list(self) -> Sequence[types.MarkedTerminal]:
        """Return all of them, in the order of their names."""
        call = Call(method="GET", path="/v1/test-terminals")
        return cast("types.MarkedTerminals", self._transport.send(call))["terminals"]

    def get(self, terminal_id: str) -> types.MarkedTerminal:
        """Return one of them."""
        call = Call(method="GET", path=path("/v1/test-terminals/{}", terminal_id))
        return cast("types.MarkedTerminal", self._transport.send(call))

    def unmark(self, terminal_id: str) -> None:
        """Take a terminal off the terminals for tests. It stays registered."""
        self._transport.send(Call(method="DELETE", path=path("/v1/test-terminals/{}", terminal_id)))
