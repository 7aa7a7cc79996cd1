"""Meizu's receipts."""

import json
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from tests.support.adapters.samples import NOW

from pushgate.adapters.meizu import receipts as meizu
from pushgate.adapters.receipts import InvalidSignature, ReceiptEvent, ReportedEvent

MEIZU = meizu.MeizuReceiptParser()


def test_the_token_is_compared_if_the_app_has_one() -> None:
    """See docs/reference/vendors/index.md#receipts."""
    parser = meizu.MeizuReceiptParser(SecretStr("known"))
    parser.verify({}, urlencode({"cb": "{}", "access_token": "known"}).encode(), NOW)
    for body in (b"", b"cb={}", b"cb={}&access_token=other", b"\xff", b"&" * 100):
        with pytest.raises(InvalidSignature):
            parser.verify({}, body, NOW)


@pytest.mark.parametrize(
    ("kind", "event"), [(1, ReportedEvent.DELIVERED), (2, ReportedEvent.CLICKED), (3, None)]
)
def test_every_type(kind: int, event: ReportedEvent | None) -> None:
    """See docs/reference/vendors/meizu.md#receipts."""
    receipts = {f"id-{kind}": {"param": "m", "type": kind, "targets": ["a", "b"]}, "bad": 7}
    body = urlencode({"cb": json.dumps(receipts), "access_token": "x"}).encode()
    assert MEIZU.parse(body) == ([ReceiptEvent(event, "m", token) for token in "ab"] if event else [])
