"""The simulated Xiaomi checks what Xiaomi checks, and answers with a code and HTTP 200."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from tests.support.vendor_requests import NONE_REJECTED, form_request, raw_request

from pushgate.sandbox.exchange import SandboxRequest
from pushgate.sandbox.request_log import LoggedRequest
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.xiaomi import Xiaomi

PATH = "/v3/message/regid"


@pytest.fixture(scope="module")
def xiaomi(context: SandboxContext) -> Xiaomi:
    return Xiaomi(context)


def push_request(xiaomi: Xiaomi, secret: str | None = None, **changes: str) -> SandboxRequest:
    """A push; in the names of changed fields, `__` is a full stop."""
    form = {
        "registration_id": "aaaa,bbbb",
        "restricted_package_name": xiaomi.package,
        "title": "t",
        "description": "d",
        "payload": '{"pushgate":"cb"}',
        "time_to_live": "1000",
        "extra.channel_id": "ch",
        **{name.replace("__", "."): value for name, value in changes.items()},
    }
    return form_request(PATH, {"authorization": f"key={secret or xiaomi.app_secret}"}, form)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"secret": "wrong"}, 21301),
        ({"title": "特" * 50}, 10017),
        ({"title": " "}, 10017),
        ({"description": "d" * 128}, 10017),
        ({"registration_id": ""}, 10016),
        ({"payload": "x" * 4097}, 10016),
        ({"restricted_package_name": "other"}, 22022),
        ({"time_to_live": "1209600001"}, 10017),
        ({"extra__channel_id": ""}, 27001),
        ({"extra__jobkey": "x" * 21}, 10017),
        ({"extra__jobkey": "a b!"}, 10017),
        ({"notify_id": "-5"}, 10017),
        ({"extra__notify_effect": "3"}, 10017),
        ({"extra__notify_effect": "2"}, 10017),
        ({"extra__callback.param": "p" * 257}, 65036),
        ({"pass_through": "1", "title": "", "description": ""}, 10017),
        ({"pass_through": "1", "title": ""}, 0),
        ({"registration_id": "dead1,dead2"}, 20301),
    ],
)
def test_answers_with_a_code_and_always_200(changes: dict[str, str], code: int, xiaomi: Xiaomi) -> None:
    response = xiaomi.respond(push_request(xiaomi, **changes), NONE_REJECTED)
    assert (response.status, json.loads(response.body)["code"]) == (200, code)
    assert bool(response.push.accepted) == (code == 0)


def test_names_dead_ids(xiaomi: Xiaomi) -> None:
    response = xiaomi.respond(push_request(xiaomi, registration_id="aaaa,dead1"), NONE_REJECTED)
    assert json.loads(response.body)["data"]["bad_regids"] == "dead1"
    assert list(response.push.accepted) == ["aaaa"]


def test_reads_parameters_in_the_query(xiaomi: Xiaomi) -> None:
    form = {
        "registration_id": "abcd",
        "restricted_package_name": f"com.other,{xiaomi.package}",
        "title": "t",
        "description": "d",
        "payload": '{"pushgate":"cb"}',
        "extra.channel_id": "ch",
    }
    headers = {"authorization": f"key={xiaomi.app_secret}"}
    request = replace(raw_request(PATH, headers, b""), query=urlencode(form))
    response = xiaomi.respond(request, NONE_REJECTED)
    assert (list(response.push.accepted), response.push.callback_token) == (["abcd"], "cb")
    logged = LoggedRequest(number=1, vendor="xiaomi", request=request, response=response)
    assert logged.as_json()["query"] == urlencode(form)
