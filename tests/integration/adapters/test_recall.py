"""Recalls: every code of the vendors that take pushes back, and what is taken back."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.support.adapters.option_pushes import PUSHES_WITH_OPTIONS
from tests.support.adapters.response_codes import A, Expected, X
from tests.support.adapters.sending import push, sent, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push, SupportsRecall
from pushgate.domain.errors import (
    PayloadRejected,
    VendorAuthError,
    VendorError,
    VendorUnavailable,
)
from pushgate.domain.message import Options
from pushgate.domain.outcome import Outcome

# docs/reference/vendors/huawei.md#recall, docs/reference/vendors/harmony.md#recall
_HUAWEIS: dict[str, Expected] = {
    "80100020": X,
    "80300017": X,
    "80300028": X,
    "80300032": VendorAuthError,
    "80000001": VendorUnavailable,
    "80200001": VendorAuthError,
}


RECALLS: list[tuple[str, str, Expected]] = [
    *[("huawei", code, expected) for code, expected in _HUAWEIS.items()],
    *[("harmony", code, expected) for code, expected in _HUAWEIS.items()],
    ("xiaomi", "65028", X),  # docs/reference/vendors/xiaomi.md#codes
    ("xiaomi", "21301", VendorAuthError),
    ("xiaomi", "10001", VendorUnavailable),
]


async def recalled(adapter: Adapter, given: Push) -> Expected:
    assert isinstance(adapter, SupportsRecall)
    try:
        taken = adapter.recall(given).send([token(1).encode(), token(2).encode()], lambda: True)
        found = {verdict.outcome async for _, verdict in taken}
    except VendorError as error:
        return type(error)
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(("vendor", "code", "expected"), RECALLS)
async def test_every_code_of_a_recall(
    vendor: str, code: str, expected: Expected, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    asked = "huawei" if vendor == "harmony" else vendor  # by the same call
    sandbox.misbehave({"vendor": asked, "error": code, "path": "revoke"})
    assert await recalled(adapters[vendor], push()) == expected


@pytest.mark.parametrize("lists", [{"failure": 2, "illegal_tokens": []}, {"failure": 2, "illegalTokens": {}}])
@pytest.mark.parametrize("vendor", ["huawei", "harmony"])
async def test_an_incomplete_list_of_failed_tokens_leaves_a_recall_unknown(
    vendor: str, lists: dict[str, object], adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    reply = json.dumps({"code": "80100000", "msg": json.dumps({"success": 0, **lists})})
    sandbox.misbehave({"vendor": "huawei", "raw": reply, "path": "revoke"})
    assert await recalled(adapters[vendor], push()) is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("vendor", "lists", "kind"),
    [
        ("huawei", {}, "0"),
        ("huawei", {"notify_id": 7}, "0"),
        ("harmony", {}, "0"),
        ("harmony", {"notify_id": 7}, "0"),
        ("harmony", {"push_type": "voice"}, "2"),
    ],
)
async def test_a_recall_has_the_number_and_the_push_type_of_the_push(
    vendor: str, lists: dict[str, object], kind: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/huawei.md#recall, docs/reference/vendors/harmony.md#recall."""
    given = push(**{vendor: lists})
    await sent(adapters[vendor], [token(1)], given)
    assert await recalled(adapters[vendor], given) is A
    (shown,) = [item for item in sandbox.received(vendor=vendor, token=token(1)) if item["tokens"]]
    (taken,) = [item for item in sandbox.received(vendor="huawei") if item["code"] == "revoked"]
    asked = json.loads(str(taken["body"]))
    number = json.loads(str(shown["body"]))
    if vendor == "huawei":
        number = number["message"]["android"]["notification"]["notify_id"]
    else:
        number = number["payload"]["notification"]["notifyId"]
    assert asked["notifyId"] == number == lists.get("notify_id", number)
    assert taken["headers"]["push-type"] == kind  # type: ignore[index]  # JSON


@pytest.mark.parametrize("vendor", ["huawei", "xiaomi"])
async def test_a_push_that_shows_nothing_is_not_recalled(vendor: str, adapters: dict[str, Adapter]) -> None:
    silent = replace(push(), options=Options(ttl=timedelta(hours=1), silent=True))
    for name, given in (
        (vendor, silent),
        ("harmony", silent),
        ("harmony", PUSHES_WITH_OPTIONS["harmony-form"]),
    ):
        adapter = adapters[name]
        assert isinstance(adapter, SupportsRecall)
        with pytest.raises(PayloadRejected, match="shows nothing"):
            adapter.recall(given)
