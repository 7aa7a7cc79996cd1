"""Pushes to simulated vendors and what became of each token."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push, Verdict
from pushgate.domain.errors import VendorError
from pushgate.domain.message import Content, Options
from pushgate.sandbox.vendors.webpush_browsers import Browsers

VENDORS = ("apns", "fcm", "harmony", "honor", "huawei", "meizu", "oppo", "vivo", "webpush", "xiaomi")
SEND = {"oppo": "unicast", "vivo": "List", **dict.fromkeys(["fcm", "harmony", "honor", "huawei"], "send")}
"""What the address for pushes holds, and that for credentials does not, where there are two."""
SINGLE = {**SEND, "vivo": "/send"}
"""The same for a push to one terminal."""
CALLBACK = "shop.m.mac"


def token(number: int, *, dead: bool = False) -> str:
    text = hashlib.sha256(str(number).encode()).hexdigest()
    return ("dead" if dead else "beef") + text[4:]


def addressed(sandbox: Sandbox, vendor: str, tokens: Sequence[str]) -> list[str]:
    """The tokens as the vendor knows them: a browser's is its whole subscription."""
    if vendor != "webpush":
        return list(tokens)
    browsers = Browsers(sandbox.credentials)
    return [browsers.named(token).token for token in tokens]


def push(**vendors: Mapping[str, object]) -> Push:
    now = datetime.now(UTC)
    content = Content("Sale", "Today only", None, {"page": "sale"})
    return Push(
        message_id="0194f0c1a2b3c4d5e6f708192a3b",
        content=content,
        options=Options(ttl=timedelta(hours=1), vendors=vendors),
        expires_at=now + timedelta(hours=1),
        callback=CALLBACK,
    )


async def sent(
    adapter: Adapter, tokens: Sequence[str], given: Push | None = None
) -> tuple[dict[int, Verdict], VendorError | None]:
    """The verdicts by index, and the error that ended the call if one did."""
    found: dict[int, Verdict] = {}
    try:
        raw = [token.encode() for token in tokens]
        prepared = adapter.prepare(given or push(), datetime.now(UTC))
        async for indexes, verdict in prepared.send(raw, lambda: True):
            assert not found.keys() & set(indexes), "a token has two verdicts"
            found.update(dict.fromkeys(indexes, verdict))
    except VendorError as error:
        return found, error
    return found, None
