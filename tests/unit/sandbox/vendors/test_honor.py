"""The simulated Honor checks what Honor checks of a message."""

from collections.abc import Mapping

import pytest
from tests.support.vendor_requests import NONE_REJECTED, bearer, json_request

from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.honor import Honor

TEXTS = {"title": "t", "body": "b"}
CLICK = {"clickAction": {"type": 3}}


@pytest.mark.parametrize(
    ("body", "is_accepted"),
    [
        ({"notification": TEXTS}, True),
        ({"data": '{"pushgate": "cb"}'}, True),
        ({"notification": TEXTS, "android": {"notification": CLICK}}, True),
        ({"android": {"notification": {**TEXTS, **CLICK}}}, True),
        ({"android": {"notification": {**TEXTS, **CLICK, "importance": "NORMAL"}}}, True),
        ({"notification": {"title": "t"}}, False),
        ({"android": {"notification": {"title": "t", **CLICK}}}, False),
        ({"android": {"notification": {**TEXTS, "clickAction": {"type": 1}}}}, False),
        ({"android": {"notification": {**TEXTS, "clickAction": {"type": 2, "url": "http://x"}}}}, False),
        ({"android": {"notification": {**TEXTS, **CLICK, "importance": "HIGH"}}}, False),
        ({"android": {"notification": {**TEXTS, **CLICK, "image": "https://example.com/a.png"}}}, False),
        ({"android": {"notification": {**TEXTS, **CLICK, "badge": {"setNum": 100}}}}, False),
        ({}, False),
    ],
)
def test_reads_outer_and_android_notifications(
    body: Mapping[str, object], is_accepted: bool, context: SandboxContext
) -> None:
    """Source: docs/reference/vendors/honor.md#requests"""
    honor = Honor(context)
    headers = {"authorization": bearer(context, "honor"), "timestamp": "1"}
    request = json_request(f"/api/v1/{honor.app_id}/sendMessage", headers, {**body, "token": ["abcd"]})
    assert bool(honor.respond(request, NONE_REJECTED).push.accepted) == is_accepted
