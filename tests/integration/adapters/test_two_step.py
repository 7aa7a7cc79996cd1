"""Vendors that are given the content first, and then the terminals it is for."""

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
class Way:
    """What makes a vendor go in two steps, and the paths of those."""

    vendor: str
    save: str
    push: str
    extras: Mapping[str, object]


WAYS = [
    Way("vivo", "saveListPayload", "pushToList", {}),
    Way("oppo", "save_message_content", "broadcast", {"big_picture_id": "p1"}),
]
SAID = [
    (way, code)
    for way, codes in zip(WAYS, ([code for code, _ in VIVO], [code for code, _ in OPPO]), strict=True)
    for code in codes
]


@pytest.fixture(params=WAYS, ids=lambda way: way.vendor)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


async def test_all_get_it_but_the_dead(way: Way, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    tokens = [token(n, dead=n % 10 == 3) for n in range(2500)]
    verdicts, error = await sent(adapters[way.vendor], tokens, push(**{way.vendor: way.extras}))
    assert error is None
    assert [verdicts[n].outcome for n in range(2500)] == [
        Outcome.INVALID if n % 10 == 3 else Outcome.ACCEPTED for n in range(2500)
    ]
    saved = [item for item in sandbox.received(vendor=way.vendor) if item["code"] == "saved"]
    assert len(saved) == 1, "however many requests use it"
    pushed = [item for item in sandbox.received(vendor=way.vendor) if item["tokens"]]
    assert {len(item["tokens"]) <= 1000 for item in pushed} == {True}  # type: ignore[arg-type]  # JSON
    assert all(way.push in str(item["path"]) for item in pushed)
    summary = sandbox.summary(way.vendor)
    assert (summary["accepted"], summary["duplicates"]) == (2250, 0)


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_if_saving_is_cut_off_nothing_was_sent_and_the_next_attempt_sends_it_once(
    way: Way, drop: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": way.vendor, "drop": drop, "path": way.save, "times": 1})
    tokens, given = [token(n) for n in range(5)], push(**{way.vendor: way.extras})
    verdicts, error = await sent(adapters[way.vendor], tokens, given)
    assert (verdicts, type(error)) == ({}, VendorUnavailable)
    assert sandbox.summary(way.vendor)["accepted"] == 0
    verdicts, error = await sent(adapters[way.vendor], tokens, given)
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
    summary = sandbox.summary(way.vendor)
    assert (summary["accepted"], summary["duplicates"]) == (5, 0)


async def test_if_the_push_is_cut_off_its_outcome_is_unknown(
    way: Way, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """Then `at_most_once` decides, as with every vendor."""
    sandbox.misbehave({"vendor": way.vendor, "drop": "after", "path": way.push, "times": 1})
    tokens = [token(n) for n in range(5)]
    verdicts, _ = await sent(adapters[way.vendor], tokens, push(**{way.vendor: way.extras}))
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(("way", "code"), SAID, ids=lambda value: getattr(value, "vendor", value))
async def test_what_the_vendor_says_of_either_step_counts_for_all(
    way: Way, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    for step in (way.save, way.push):
        sandbox.misbehave({"vendor": way.vendor, "error": code, "path": step})
        verdicts, error = await sent(
            adapters[way.vendor], [token(1), token(2)], push(**{way.vendor: way.extras})
        )
        found = {type(error)} if error else {verdict.outcome for verdict in verdicts.values()}
        expected = CASES[way.vendor, code]
        if expected in (Outcome.INVALID, Outcome.ACCEPTED):
            # Said of content, or of a whole list, it neither makes a terminal dead
            # (docs/reference/vendors/index.md#tokens) nor reaches it.
            expected = VendorUnavailable if step == way.save else Outcome.REJECTED
        assert found == {expected}
        assert sandbox.summary(way.vendor)["accepted"] == 0
