"""Vendors that save the content in one call and send it to tokens in the next."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from tests.support.adapters.sending import push, sent, token
from tests.support.adapters.vendor_codes import CASES, OPPO, VIVO
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import Outcome


@dataclass(frozen=True)
class Calls:
    """A vendor, its options for the two calls, and their paths."""

    vendor: str
    save: str
    push: str
    options: Mapping[str, object]


CALLS = [
    Calls("vivo", "saveListPayload", "pushToList", {}),
    Calls("oppo", "save_message_content", "broadcast", {"big_picture_id": "p1"}),
]
CODES = [
    (calls, code)
    for calls, codes in zip(CALLS, ([code for code, _ in VIVO], [code for code, _ in OPPO]), strict=True)
    for code in codes
]


@pytest.fixture(params=CALLS, ids=lambda calls: calls.vendor)
def calls(request: pytest.FixtureRequest) -> Calls:
    found: Calls = request.param
    return found


async def test_every_valid_token_gets_the_push(
    calls: Calls, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = [token(n, dead=n % 10 == 3) for n in range(2500)]
    verdicts, error = await sent(adapters[calls.vendor], tokens, push(**{calls.vendor: calls.options}))
    assert error is None
    assert [verdicts[n].outcome for n in range(2500)] == [
        Outcome.INVALID if n % 10 == 3 else Outcome.ACCEPTED for n in range(2500)
    ]
    saved = [item for item in sandbox.received(vendor=calls.vendor) if item["code"] == "saved"]
    assert len(saved) == 1, "however many requests use it"
    pushed = [item for item in sandbox.received(vendor=calls.vendor) if item["tokens"]]
    assert {len(item["tokens"]) <= 1000 for item in pushed} == {True}  # type: ignore[arg-type]  # JSON
    assert all(calls.push in str(item["path"]) for item in pushed)
    summary = sandbox.summary(calls.vendor)
    assert (summary["accepted"], summary["duplicates"]) == (2250, 0)


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_after_an_interrupted_save_the_next_attempt_sends_the_push_once(
    calls: Calls, drop: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": calls.vendor, "drop": drop, "path": calls.save, "times": 1})
    tokens, given = [token(n) for n in range(5)], push(**{calls.vendor: calls.options})
    verdicts, error = await sent(adapters[calls.vendor], tokens, given)
    assert (verdicts, type(error)) == ({}, VendorUnavailable)
    assert sandbox.summary(calls.vendor)["accepted"] == 0
    verdicts, error = await sent(adapters[calls.vendor], tokens, given)
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
    summary = sandbox.summary(calls.vendor)
    assert (summary["accepted"], summary["duplicates"]) == (5, 0)


async def test_an_interrupted_push_has_an_unknown_outcome(
    calls: Calls, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """Then `at_most_once` decides, as with every vendor."""
    sandbox.misbehave({"vendor": calls.vendor, "drop": "after", "path": calls.push, "times": 1})
    tokens = [token(n) for n in range(5)]
    verdicts, _ = await sent(adapters[calls.vendor], tokens, push(**{calls.vendor: calls.options}))
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(("calls", "code"), CODES, ids=lambda value: getattr(value, "vendor", value))
async def test_a_code_of_either_call_holds_for_all_tokens(
    calls: Calls, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    for step in (calls.save, calls.push):
        sandbox.misbehave({"vendor": calls.vendor, "error": code, "path": step})
        verdicts, error = await sent(
            adapters[calls.vendor], [token(1), token(2)], push(**{calls.vendor: calls.options})
        )
        found = {type(error)} if error else {verdict.outcome for verdict in verdicts.values()}
        expected = CASES[calls.vendor, code]
        if expected in (Outcome.INVALID, Outcome.ACCEPTED):
            # Said of content, or of a whole list, it neither makes a terminal dead
            # (docs/reference/vendors/index.md#tokens) nor reaches it.
            expected = VendorUnavailable if step == calls.save else Outcome.REJECTED
        assert found == {expected}
        assert sandbox.summary(calls.vendor)["accepted"] == 0
