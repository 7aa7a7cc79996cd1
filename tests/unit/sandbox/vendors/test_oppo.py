"""The simulated OPPO checks what OPPO checks, and accepts what other clients send."""

import json
from collections.abc import Mapping

import pytest
from tests.support.vendor_requests import NONE_REJECTED, access_token, form_request

from pushgate.sandbox.exchange import SandboxResponse
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.oppo import Oppo


def push(
    context: SandboxContext, call: str, form: Mapping[str, str], *, token_in_header: bool = False
) -> SandboxResponse:
    """Source: docs/reference/vendors/oppo.md#requests"""
    credential = {"auth_token": access_token(context, "oppo")}
    headers = credential if token_in_header else {}
    fields = form if token_in_header else {**form, **credential}
    path = f"/server/v1/message/notification/{call}"
    return Oppo(context).respond(form_request(path, headers, fields), NONE_REJECTED)


def message(token: str = "abcd", target_type: int = 2, **changes: object) -> str:
    notification = {"title": "t", "content": "c", **changes}
    return json.dumps({"target_type": target_type, "target_value": token, "notification": notification})


@pytest.mark.parametrize("token_in_header", [False, True])
def test_a_notification_needs_no_type_of_click(context: SandboxContext, token_in_header: bool) -> None:
    one = push(context, "unicast", {"message": message()}, token_in_header=token_in_header)
    assert (list(one.push.accepted), json.loads(one.body)["code"]) == (["abcd"], 0)
    assert json.loads(one.body)["data"]["messageId"]
    many = push(context, "unicast_batch", {"messages": f"[{message()}]"}, token_in_header=token_in_header)
    assert list(many.push.accepted) == ["abcd"]
    alias = push(context, "unicast", {"message": message(target_type=5)}, token_in_header=token_in_header)
    assert list(alias.push.accepted) == ["abcd"]


def test_notifications_of_one_request_are_pushes_of_their_own(context: SandboxContext) -> None:
    """Each is reported with its own callback token and receipt address."""
    parameters = [json.dumps({"pushgate": callback}) for callback in ("c1", "c2")]
    messages = [
        message(
            token,
            action_parameters=text,
            call_back_url="https://push.example.com/r",
            call_back_parameter=text,
        )
        for token, text in zip(("aaaa", "bbbb", "cccc"), (*parameters, parameters[0]), strict=True)
    ]
    response = push(context, "unicast_batch", {"messages": f"[{','.join(messages)}]"})
    assert [(list(each.accepted), each.callback_token) for each in response.pushes] == [
        (["aaaa", "cccc"], "c1"),
        (["bbbb"], "c2"),
    ]
    assert [each.receipts and each.receipts.param for each in response.pushes] == parameters
    assert response.tokens == ["aaaa", "cccc", "bbbb"]


@pytest.mark.parametrize(
    ("changes", "is_accepted"),
    [
        ({"badge_operation_type": 0, "badge_message_count": 0}, True),
        ({"badge_operation_type": 1}, True),
        ({"badge_operation_type": 0}, False),
        ({"badge_operation_type": 2, "badge_message_count": 1}, False),
        ({"badge_message_count": 1}, False),
        ({"click_action_type": 1}, False),
        ({"click_action_type": 2, "click_action_url": "https://example.com"}, True),
        ({"click_action_type": 5}, False),
        ({"click_action_type": 3}, False),
        ({"category": "IM", "notify_level": 2}, True),
        ({"category": "NEWS", "notify_level": 2}, False),
        ({"notify_level": 1}, False),
        ({"show_ttl": 43_200}, True),
        ({"show_ttl": 43_201}, False),
        ({"show_ttl": 86_400, "category": "IM"}, True),
        ({"content": "c" * 51}, False),
        ({"content": "c" * 128, "style": 2}, True),
        ({"style": 3}, False),
    ],
)
def test_checks_a_notification(
    changes: Mapping[str, object], is_accepted: bool, context: SandboxContext
) -> None:
    response = push(context, "unicast", {"message": message("abcd", 2, **changes)})
    assert bool(response.push.accepted) == is_accepted


def test_the_code_of_a_dead_token_is_that_of_a_single_push(context: SandboxContext) -> None:
    assert push(context, "unicast", {"message": message("dead1")}).code == "10000"
