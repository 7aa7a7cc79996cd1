"""Pushes to every simulated vendor, over TLS and HTTP/2 on a real socket."""

from datetime import UTC, datetime

import pytest
from tests.support.adapters.sending import VENDORS, addressed, push, sent, token
from tests.support.apps import open_adapters
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Verdict
from pushgate.domain.clock import SystemClock
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse


@pytest.mark.parametrize("vendor", VENDORS)
async def test_valid_tokens_are_accepted_and_dead_ones_reported(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n, dead=n % 10 == 3) for n in range(50)])
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert [verdicts[n].outcome for n in range(50)] == [
        Outcome.INVALID if n % 10 == 3 else Outcome.ACCEPTED for n in range(50)
    ]
    assert sandbox.summary(vendor)["accepted"] == 45
    assert sandbox.summary(vendor)["duplicates"] == 0


@pytest.mark.parametrize("vendor", ["harmony", "honor", "huawei", "oppo", "vivo", "xiaomi"])
async def test_many_tokens_are_split_into_requests_of_a_thousand(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(2500)])
    assert error is None
    assert len(verdicts) == 2500
    sizes = sorted(len(r["tokens"]) for r in sandbox.received(vendor=vendor) if r["tokens"])  # type: ignore[arg-type]  # JSON
    # Of a list vivo takes no fewer than two, so no part is left with one.
    assert sizes == ([832, 834, 834] if vendor == "vivo" else [500, 1000, 1000])


@pytest.mark.parametrize("vendor", VENDORS)
async def test_requests_use_http2(vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    (one,) = addressed(sandbox, vendor, [token(1)])
    await sent(adapters[vendor], [one])
    assert sandbox.received(vendor=vendor, token=one)[0]["http_version"] == "2"


async def test_a_failed_token_does_not_stop_the_others(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    for vendor, code in (("apns", "TooManyRequests"), ("fcm", "INTERNAL")):
        sandbox.misbehave(
            {"vendor": vendor, "error": code, "times": 3, "path": "send" if vendor == "fcm" else None}
        )
        verdicts, error = await sent(adapters[vendor], [token(n) for n in range(30)])
        assert error is None
        outcomes = [verdict.outcome for verdict in verdicts.values()]
        assert (outcomes.count(Outcome.RETRY), outcomes.count(Outcome.ACCEPTED)) == (3, 27)


async def test_a_graceful_restart_of_the_vendor_loses_no_push(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await sent(adapters["apns"], [token(0)])
    sandbox.misbehave(restart=True)
    answered: dict[int, Verdict] = {}
    tokens = [token(n) for n in range(1, 50)]
    for _ in range(100):
        left = [n for n in range(len(tokens)) if n not in answered]
        if not left:
            break
        verdicts, _ = await sent(adapters["apns"], [tokens[n] for n in left])
        answered |= {
            left[n]: verdict for n, verdict in verdicts.items() if verdict.outcome is Outcome.ACCEPTED
        }
    assert len(answered) == len(tokens)


async def test_a_stopped_send_awaits_requests_in_flight_and_begins_no_more(
    sandbox: Sandbox,
) -> None:
    section = {**sandbox.sections()["apns"], "max_connections": 1}
    opened = open_adapters(
        parse({"apps": {"shop": {"apns": section}}}), SystemClock(), NoCredentialStore(), CallbackTokens(b"")
    )
    adapter = opened["shop", "apns"]
    found: list[int] = []
    prepared = adapter.prepare(push(), datetime.now(UTC))
    async for indexes, _ in prepared.send([token(n).encode() for n in range(5000)], lambda: not found):  # noqa: B023  # one list for all rounds
        found += indexes
    await adapter.close()
    assert 0 < len(found) < 5000
    assert sandbox.summary("apns")["accepted"] == len(found), "each that was sent has its verdict"


@pytest.mark.parametrize("vendor", ["apns", "fcm", "webpush"])
async def test_closing_a_send_early_keeps_the_adapter_usable(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """A client that keeps the streams of cancelled requests would soon have none left."""
    tokens = addressed(sandbox, vendor, [token(n) for n in range(300)])
    for _ in range(5):
        prepared = adapters[vendor].prepare(push(), datetime.now(UTC))
        flight = prepared.send([item.encode() for item in tokens], lambda: True)
        await anext(flight)
        await flight.aclose()  # type: ignore[attr-defined]  # an async generator has it
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert len(verdicts) == 300
