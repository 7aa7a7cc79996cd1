"""A request to a simulated vendor and its reply, as values; each vendor is a function between the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import orjson

DEAD = "dead"
"""A token that begins so is dead to every simulated vendor."""
Refused = Mapping[str, str]
"""Tokens that a vendor does not take, each with the code of its own that it says of it; '' where it is dead."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    http_version: str = "2"
    query: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptWanted:
    """What a push says of its receipts: what to quote in them and, for some vendors, where they go and which.

    `id` is the vendor's own id of the push; `types` its sum of bits, 0 for a vendor that has none. Without `url`
    receipts go to the address that is set in the vendor's console.
    """

    id: str
    quote: str
    url: str = ""
    types: int = 0


@dataclass(frozen=True, slots=True)
class SandboxResponse:
    """What the vendor answers, and what it made of the request.

    `tokens` are those the request named, `accepted` those of them that the vendor took. `callback` is the callback
    token found in the push's data: the simulated client app reports with it.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    tokens: Sequence[str] = ()
    accepted: Sequence[str] = ()
    callback: str = ""
    opened: bytes | None = None
    """The content, where it was sealed."""
    wanted: "ReceiptWanted | None" = None
    """The receipts that the push asks for."""


def only_checked(reply: SandboxResponse) -> SandboxResponse:
    """The reply to a push that was to be validated and not delivered."""
    return replace(reply, accepted=(), callback="", wanted=None)


class SimulatedVendor(Protocol):
    """One vendor."""

    name: str
    of_tokens: frozenset[str]
    """The codes that it says of single tokens, beside its way to call one dead."""

    def owns(self, path: str) -> bool:
        """Whether this path is the vendor's."""
        ...

    def answer(self, sent: Sent, refused: Refused) -> SandboxResponse:
        """What the vendor answers to a request."""
        ...

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """The vendor's own form of an error, or None if it has no such code."""
        ...


def json_reply(status: int, value: object, **more: object) -> SandboxResponse:
    """A reply with a JSON body."""
    headers = {"content-type": "application/json"}
    return SandboxResponse(status, orjson.dumps(value), headers, **more)  # type: ignore[arg-type]  # the callers' own fields


def refusal(token: str, refused: Refused) -> str | None:
    """The code that is said of the token, '' if it is dead, None if it is taken."""
    return refused.get(token, "" if token.startswith(DEAD) else None)


def sorted_out(tokens: Sequence[str], refused: Refused, dead: str = "") -> tuple[list[str], dict[str, str]]:
    """The tokens that are taken, and the others with what is said of them; `dead` is how the vendor says that."""
    codes = {token: refusal(token, refused) for token in tokens}
    return (
        [token for token in tokens if codes[token] is None],
        {token: code or dead for token, code in codes.items() if code is not None},
    )


def retry_header(retry_after: int | None) -> dict[str, str]:
    """The Retry-After header, where it is wanted."""
    return {} if retry_after is None else {"retry-after": str(retry_after)}
