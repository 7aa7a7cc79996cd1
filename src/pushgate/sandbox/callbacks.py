"""Receipts that vendors send to an app's server, as values. Each vendor has its own form."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from pushgate.sandbox.exchange import ReceiptRequest

DeviceEvent = Literal["delivered", "clicked", "muted", "uninstalled"]
"""What happens to a push on one device."""


class ConsoleSettings(BaseModel):
    """What an app's developer has set in a vendor's console."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = Field(
        default=None, pattern=r"^https?://", description="where receipts go whose push names no address"
    )
    user: str = Field(default="", max_length=256, description="signed together with the time and a nonce")
    key: SecretStr | None = Field(
        default=None, description="base64; signs receipts, where the vendor signs any"
    )

    @field_validator("key")
    @classmethod
    def _is_base64(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            base64.b64decode(key.get_secret_value(), validate=True)
        return key

    def sign(self, text: str) -> str | None:
        """Base64 of the HMAC-SHA256, None without a key."""
        if self.key is None:
            return None
        key = base64.b64decode(self.key.get_secret_value())
        return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptBatch:
    """One event of one push on some devices, to be reported in one callback."""

    event: DeviceEvent
    request: ReceiptRequest
    tokens: Sequence[str]
    at: datetime
    console: ConsoleSettings

    @property
    def at_ms(self) -> int:
        """Unix time of the event in milliseconds."""
        return int(self.at.timestamp() * 1000)

    def selects(self, event_type: int) -> bool:
        """Whether the push asks for receipts of this type, a bit of its `event_types`."""
        return not self.request.event_types or bool(event_type & self.request.event_types)


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A POST to the app's server.

    `expected_code` is the `code` its JSON must hold, '' if a 200 is enough.
    """

    headers: Mapping[str, str]
    body: bytes
    expected_code: str = ""

    def is_confirmed_by(self, response: httpx.Response) -> bool:
        """Whether the vendor takes the response as a success."""
        if response.status_code != 200:
            return False
        try:
            return not self.expected_code or response.json().get("code") == self.expected_code
        except (ValueError, AttributeError):
            return False


def json_callback(value: object) -> CallbackRequest:
    """A callback with a JSON body."""
    return CallbackRequest({"content-type": "application/json"}, orjson.dumps(value))


def form_callback(fields: Mapping[str, str | bytes]) -> CallbackRequest:
    """A callback with a URL-encoded body."""
    return CallbackRequest({"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())
