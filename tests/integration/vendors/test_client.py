"""POST over httpx: what the deadline counts, and what a cut-off request leaves behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.integration.sandbox import Sandbox
from tests.integration.vendors.test_adapters import sent, token

from pushgate.adapters.contract import Adapter
from pushgate.http2.client import Client, NoAnswer

DEADLINE = 2.0


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    opened = Client(
        ca_file=sandbox.credentials.ca_file, proxy=None, max_connections=4, deadline=DEADLINE, in_flight=2
    )
    yield opened
    await opened.close()


async def test_waiting_for_ones_turn_does_not_count_as_the_vendors_silence(
    client: Client, sandbox: Sandbox
) -> None:
    """Two at a time, 0.6 s each: the last of ten begin their turn when the deadline of the first is over."""
    sandbox.misbehave({"vendor": "xiaomi", "delay": 0.6})
    url = f"{sandbox.credentials.base_url}/v3/message/regid"
    answers = await asyncio.gather(*(client.post(url, {}, b"") for _ in range(10)))
    assert [answer.status for answer in answers] == [200] * 10


async def test_a_vendor_that_is_silent_is_given_up_at_the_deadline(client: Client, sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": "xiaomi", "delay": 2 * DEADLINE, "times": 1})
    url = f"{sandbox.credentials.base_url}/v3/message/regid"
    with pytest.raises(NoAnswer):
        await client.post(url, {}, b"")
    assert (await client.post(url, {}, b"")).status == 200, "the next request takes a new connection"


async def test_a_silent_stream_does_not_hold_up_the_others(client: Client, sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": "xiaomi", "delay": 2 * DEADLINE, "times": 1})
    url = f"{sandbox.credentials.base_url}/v3/message/regid"
    results = await asyncio.gather(*(client.post(url, {}, b"") for _ in range(20)), return_exceptions=True)
    told = [type(result).__name__ for result in results]
    assert sorted(told) == ["Answer"] * 19 + ["NoAnswer"]


async def test_many_sends_at_once_share_the_turns(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    """As when a worker has several jobs of one vendor in hand."""
    tokens = [[token(f) for f in range(job * 400, job * 400 + 400)] for job in range(4)]
    results = await asyncio.gather(*(sent(adapters["fcm"], part) for part in tokens))
    assert [len(verdicts) for verdicts, _ in results] == [400] * 4
    assert sandbox.summary("fcm")["accepted"] == 1600
