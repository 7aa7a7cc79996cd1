"""Meizu's receipts: a form with JSON by message, and a token that names the sender. Pure.

Source: docs/reference/vendors/meizu.md#receipts
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs

import msgspec
from pydantic import SecretStr

from pushgate.adapters.receipts import (
    InvalidSignature,
    ReceiptCode,
    ReceiptEvent,
    ReportedEvent,
    form_field,
    receipt_events,
    reported_events,
    token_events,
)
from pushgate.adapters.vendor_json import require_json

RECEIPTS: Mapping[str, ReceiptCode] = {
    "1": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.CLICKED, "clicked"),
}
"""Each code is a bit."""
_EVENTS = reported_events(RECEIPTS)
REQUESTED_RECEIPTS = sum(map(int, _EVENTS))
"""The sum of the bits that a push asks for."""


class _CallbackEntry(msgspec.Struct):
    param: str = ""
    type: int = 0
    targets: list[str] = []


class MeizuReceiptParser:
    """Reads Meizu's receipts."""

    reply = b"{}"

    def __init__(self, token: SecretStr | None = None) -> None:
        """`token` is the access_token that receipts must have; None accepts any."""
        self._token = token

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Compare the token, if the app has one. Raises InvalidSignature."""
        if self._token is not None:
            try:
                actual = (parse_qs(body.decode(), max_num_fields=10).get("access_token") or [""])[0]
            except ValueError:
                actual = ""
            if not hmac.compare_digest(actual.encode(), self._token.get_secret_value().encode()):
                raise InvalidSignature("the access_token is not the app's")
        return None

    def parse(self, body: bytes) -> Sequence[ReceiptEvent]:
        """Return the events. Raises ValueError."""
        by_message = require_json(form_field(body, "cb"), dict[str, msgspec.Raw])
        return receipt_events(by_message.values(), _CallbackEntry, _events_of)


def _events_of(receipt: _CallbackEntry) -> list[ReceiptEvent]:
    return token_events(_EVENTS.get(str(receipt.type)), receipt.param, receipt.targets)
