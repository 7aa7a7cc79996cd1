"""Vendors that are given the content first, and then the terminals it is for."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from tests.integration.conftest import SetClock
from tests.integration.sandbox import Sandbox
from tests.integration.vendors.test_adapters import push, sent, token
from tests.integration.vendors.test_codes import CASES, OPPO, VIVO

from pushgate.adapters.contract import Adapter
from pushgate.adapters.rules import until_midnight_in_shanghai
from pushgate.adapters.vivo import Lists
from pushgate.errors import VendorUnavailable
from pushgate.http2.bearer import NoStore
from pushgate.model import Outcome
from pushgate.results.callbacks import Callbacks
from pushgate.settings import parse
from pushgate.wiring import open_adapters


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
            # Said of content, or of a whole list, it neither makes a terminal dead (VENDORS 1.2, rule 3) nor reaches it.
            expected = VendorUnavailable if step == way.save else Outcome.REJECTED
        assert found == {expected}
        assert sandbox.summary(way.vendor)["accepted"] == 0


async def test_when_vivos_quota_of_lists_is_used_up_single_terminals_are_still_sent_to(
    sandbox: Sandbox,
) -> None:
    """VENDORS 9.3: it wants not to be asked again on the same day."""
    clock = SetClock()
    settings = parse({"apps": {"shop": {"vivo": sandbox.credentials.sections()["vivo"]}}})
    adapter = open_adapters(settings, clock, NoStore(), Callbacks(b""))["shop", "vivo"]
    several, single = [token(1), token(2), token(3)], [token(4)]
    sandbox.misbehave({"vendor": "vivo", "error": "10252", "path": "saveListPayload"})
    for _ in range(2):
        verdicts, error = await sent(adapter, several)
        assert error is None
        assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.RETRY}
        wait = verdicts[0].retry_after
        assert wait is not None
        assert abs(wait - until_midnight_in_shanghai(clock.now())) < 1
    assert sum(item["code"] == "10252" for item in sandbox.received(vendor="vivo")) == 1
    verdicts, error = await sent(adapter, single)
    assert (error, verdicts[0].outcome) == (None, Outcome.ACCEPTED)
    await adapter.close()


def test_vivo_takes_lists_again_on_the_next_day() -> None:
    clock = SetClock()
    lists = Lists(clock)
    assert lists.put_off() is None
    lists.close()
    left = until_midnight_in_shanghai(clock.now())
    clock.advance(left - 1)
    put_off = lists.put_off()
    assert put_off
    assert put_off.retry_after == 1
    clock.advance(1)
    assert lists.put_off() is None
