"""A request to a simulated vendor and the response to it, as values.

A simulated vendor is a function from one to the other. This module knows no vendor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qs

import orjson

_JSON_TYPE = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest:
    """A request to a vendor. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    http_version: str = "2"
    query: str = ""

    def form(self) -> dict[str, str]:
        """The fields of a URL-encoded body; of a repeated field the first value."""
        fields = parse_qs(self.body.decode("utf-8", "replace"))
        return {name: values[0] for name, values in fields.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRequest:
    """What a push says about its receipts.

    `push_id` is the vendor's own id of the push, `param` is text that the vendor repeats in each
    receipt. `event_types` is a sum of bits that selects events, 0 for all. Without `url`, receipts
    go to the address that the app's developer has set in the vendor's console.
    """

    push_id: str
    param: str
    url: str = ""
    event_types: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPush:
    """The push in a request, as the vendor read it.

    `tokens` are those that the request named, `accepted` those of them that the vendor accepted.
    `callback_token` was found in the push's data: the simulated client app reports with it.
    `plaintext` is the decrypted content of an encrypted push.
    """

    tokens: Sequence[str] = ()
    accepted: Sequence[str] = ()
    callback_token: str = ""
    plaintext: bytes | None = None
    receipts: ReceiptRequest | None = None


NO_PUSH = SandboxPush()


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxResponse:
    """A vendor's response.

    `code` is the vendor's code or, where it has none, a word for the log.
    """

    status: int
    code: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    push: SandboxPush = NO_PUSH
    more_pushes: Sequence[SandboxPush] = ()
    """The others in a request with several pushes."""

    @property
    def pushes(self) -> Sequence[SandboxPush]:
        """All pushes in the request."""
        return (self.push, *self.more_pushes)

    @property
    def tokens(self) -> list[str]:
        """The tokens that the request named."""
        return [token for push in self.pushes for token in push.tokens]

    @property
    def accepted(self) -> list[str]:
        """Those of the tokens that the vendor accepted."""
        return [token for push in self.pushes for token in push.accepted]


def json_response(
    status: int,
    value: object,
    *,
    code: str,
    push: SandboxPush = NO_PUSH,
    headers: Mapping[str, str] | None = None,
) -> SandboxResponse:
    """A response with a JSON body."""
    return SandboxResponse(
        status=status,
        code=code,
        body=orjson.dumps(value),
        headers={**_JSON_TYPE, **(headers or {})},
        push=push,
    )


def validated_only(response: SandboxResponse) -> SandboxResponse:
    """The response to a push that was to be validated and not delivered."""
    return replace(response, push=SandboxPush(tokens=response.push.tokens, plaintext=response.push.plaintext))


def retry_after_header(seconds: int | None) -> dict[str, str]:
    """The Retry-After header, or no header for None."""
    return {} if seconds is None else {"retry-after": str(seconds)}


def callback_token_in(text: str) -> str:
    """The callback token in the JSON text of a push's data, '' if the text has none."""
    try:
        return str(orjson.loads(text).get("pushgate", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""
