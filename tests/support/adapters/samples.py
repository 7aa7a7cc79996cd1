"""Pushes to render, and answers to read."""

import json
from datetime import UTC, datetime, timedelta

from pushgate.adapters.contract import Push
from pushgate.domain.message import Content, Options
from pushgate.http2.results import Response

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CALLBACK = "shop.0194f0c1a2b3c4d5e6f708192a3b.MDEyMzQ1Njc4OWFiY2RlZg"
CONTENT = Content("Sale", "Today only", "https://example.com/sale.png", {"page": "sale"})


def push(content: Content = CONTENT, options: Options | None = None, **vendors: dict[str, object]) -> Push:
    """A push due now."""
    chosen = options or Options(ttl=timedelta(hours=1), vendors=vendors)
    return Push(
        message_id="0194f0c1a2b3c4d5e6f708192a3b",
        content=content,
        options=chosen,
        expires_at=NOW + chosen.ttl,
        callback=CALLBACK,
    )


def answer(status: int, body: bytes | str = b"", **headers: str) -> Response:
    """A vendor's answer."""
    raw = body.encode() if isinstance(body, str) else body
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def flat(value: object, path: str = "") -> dict[str, object]:
    """Leaves by dotted path; JSON inside of text is read too."""
    if isinstance(value, str) and value[:1] == "{":
        value = json.loads(value)
    if not isinstance(value, dict):
        return {path: value}
    leaves: dict[str, object] = {}
    for name, item in value.items():
        leaves |= flat(item, f"{path}.{name}" if path else name)
    return leaves
