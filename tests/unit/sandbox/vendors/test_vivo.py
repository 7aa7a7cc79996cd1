"""The simulated vivo checks what vivo checks, and accepts what other clients send."""

from collections.abc import Mapping

import pytest
from tests.support.vendor_requests import NONE_REJECTED, access_token, json_request

from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.vivo import Vivo


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "0"),
        ({"appId": 1}, "10094"),
        ({"classification": 0}, "0"),
        ({"category": "IM", "classification": 1}, "0"),
        ({"category": "IM"}, "10097"),
        ({"category": "im"}, "10096"),
        ({"title": "中" * 20}, "0"),
        ({"title": "中" * 21}, "10050"),
        ({"title": "a" * 40}, "0"),
        ({"content": "中" * 51}, "10050"),
        ({"skipType": 2, "skipContent": "https://example.com"}, "0"),
        ({"skipType": 2, "skipContent": "https://example.com/" + "x" * 981}, "10050"),
        ({"skipType": 3, "skipContent": "sale-1"}, "10050"),
        ({"skipType": 4, "skipContent": "intent:#Intent;component=a/.B;end"}, "0"),
        ({"addBadge": True}, "0"),
        ({"addBadge": 1}, "10050"),
    ],
)
def test_checks_a_message_without_an_app_id(
    changes: Mapping[str, object], code: str, context: SandboxContext
) -> None:
    """Source: docs/reference/vendors/vivo.md#requests"""
    body = {
        "regId": "abcd",
        "title": "t",
        "content": "c",
        "notifyType": 4,
        "skipType": 1,
        "requestId": "r",
        **changes,
    }
    request = json_request("/message/send", {"authtoken": access_token(context, "vivo")}, body)
    assert Vivo(context).respond(request, NONE_REJECTED).code == code
