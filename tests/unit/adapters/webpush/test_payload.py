"""Requests to push services."""

from datetime import timedelta

import pytest
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.webpush.payload import render
from pushgate.domain.message import Options

WINDOWS = "https://wns2-by3p.notify.windows.com"


MOZILLA = "https://updates.push.services.mozilla.com"


@pytest.mark.parametrize(
    ("ttl", "origin", "policy"),
    [
        (0, WINDOWS, b"no-cache"),
        (0, "https://notify.windows.com.example", None),
        (0, MOZILLA, None),
        (60, WINDOWS, None),
    ],
)
def test_microsoft_is_asked_not_to_store_a_push_without_a_time_to_live(
    ttl: int, origin: str, policy: bytes | None
) -> None:
    """Without it a TTL of 0 is an error there. See docs/reference/vendors/webpush.md#requests."""
    rendered = render(push(options=Options(ttl=timedelta(seconds=ttl))), NOW)
    assert dict(rendered.headers_for(origin)).get(b"x-wns-cache-policy") == policy
