"""A refusal of a topic, channel, class or host pauses that part, and nothing else."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.support.adapters.sending import SEND
from tests.support.clock import ShiftedClock
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import Options
from pushgate.domain.push_class import next_vendor_day
from pushgate.domain.terminal import Terminal

LONGEST_DAY = 24 * 3600 * 1.1 + 60
"""Seconds after which a message that waits for the next day is due: a tenth may be added."""


@pytest.fixture
def noon(pipeline: Pipeline, vendors_clock: ShiftedClock) -> None:
    """It is noon in Shanghai: minutes after midnight a quota of the day before may be meant."""
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) - timedelta(hours=12)
    vendors_clock.set(pipeline.clock.at)


@pytest.mark.usefixtures("noon")
async def test_a_used_up_daily_quota_pauses_until_the_next_day(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(5, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10034", "times": 1, "retry_after": 5})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(days=2)))
    await pipeline.run_jobs()
    shanghai = pipeline.clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    midnight = (shanghai + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (midnight - shanghai).total_seconds()
    later = await pipeline.dispatch(options=Options(ttl=timedelta(days=2)))
    await pipeline.run_jobs()
    assert sandbox.summary("xiaomi")["requests"] == 1, "the next message of the day is not even tried"
    pipeline.clock.advance(left * 0.9)
    assert await pipeline.due_jobs() == []
    pipeline.clock.advance(left * 0.3 + 600)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == await pipeline.states(later) == {"accepted": 5}


@pytest.mark.usefixtures("noon")
async def test_a_used_up_quota_of_a_channel_postpones_its_own_messages_alone(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/xiaomi.md#codes."""
    await pipeline.register(5, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "200001", "times": 1})
    marketing = await pipeline.dispatch(options=Options(ttl=timedelta(days=2)))
    await pipeline.run_jobs()
    other = Options(ttl=timedelta(days=2), vendors={"xiaomi": {"channel_id": "private"}})
    private = await pipeline.dispatch(options=other)
    await pipeline.run_jobs()
    assert await pipeline.states(private) == {"accepted": 5}, "another channel goes on"
    assert await pipeline.states(marketing) == {"pending": 5}
    pipeline.clock.advance(60)
    assert await pipeline.due_jobs() == [], "not before the day is over"
    pipeline.clock.advance(LONGEST_DAY)
    await pipeline.run_due_jobs()
    assert await pipeline.states(marketing) == {"accepted": 5}


REFUSED = [  # vendor, the code, the options that it is about, and what their requests hold
    ("apns", "TopicDisallowed", {"push_type": "voip"}, "demo.voip"),
    ("apns", "BadTopic", {"push_type": "voip"}, "demo.voip"),
    ("xiaomi", "27001", {"channel_id": "news"}, "channel_id=news"),
    ("xiaomi", "10034", {"channel_id": "news"}, "channel_id=news"),
    ("huawei", "80300011", {"category": "IM"}, '"category":"IM"'),
    ("huawei", "80300013", {"receipt_id": "gone"}, '"receipt_id":"gone"'),
    ("meizu", "110019", {"private": False}, "noticeMsgType%22%3A0"),
]


@pytest.mark.parametrize(("vendor", "code", "own", "holds"), REFUSED)
async def test_eight_messages_of_a_refused_kind_do_not_delay_the_others(
    vendor: str, code: str, own: dict[str, object], holds: str, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "holds": holds, "path": SEND.get(vendor)})
    await pipeline.register(40, vendor)
    day = timedelta(days=2)
    refused = [await pipeline.dispatch(options=Options(ttl=day, vendors={vendor: own})) for _ in range(8)]
    await pipeline.run_jobs()
    tried = sandbox.summary(vendor)["requests"]
    healthy = Options(ttl=day, vendors={"meizu": {"private": True}} if vendor == "meizu" else {})
    for _ in range(3):
        message = await pipeline.dispatch(options=healthy)
        await pipeline.run_jobs()
        assert await pipeline.states(message) == {"accepted": 40}, "it goes at once"
    assert [await pipeline.states(message) for message in refused] == [{"pending": 40}] * 8
    assert tried <= 8 * 41
    sandbox.reset()
    pipeline.clock.advance(LONGEST_DAY)
    for _ in range(20):
        await pipeline.run_due_jobs()
        pipeline.clock.advance(2)
    assert [await pipeline.states(message) for message in refused] == [{"accepted": 40}] * 8, (
        "what waited comes back soon after the pause"
    )


async def test_when_vivos_quota_of_lists_is_used_up_single_terminals_are_still_sent_to(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """It wants not to be asked again on the same day. See docs/reference/vendors/vivo.md#codes."""
    sandbox.misbehave({"vendor": "vivo", "error": "10252", "path": "saveListPayload"})
    await pipeline.register(5, "vivo")
    several = [await pipeline.dispatch(options=Options(ttl=timedelta(days=2))) for _ in range(3)]
    await pipeline.run_jobs()
    assert sum(item["code"] == "10252" for item in sandbox.received(vendor="vivo")) == 1
    single = await pipeline.dispatch(ByTerminal(("vivo-0",)))
    await pipeline.run_jobs()
    assert await pipeline.states(single) == {"accepted": 1}
    sandbox.reset()
    pipeline.clock.advance(LONGEST_DAY)
    await pipeline.run_due_jobs()
    assert [await pipeline.states(message) for message in several] == [{"accepted": 5}] * 3


async def test_a_host_that_refuses_is_paused_and_the_other_goes_on(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    terminals = [
        Terminal(f"t-{n}", "oppo", f"{'IN_' if n % 2 else 'CN_'}{token(n)}", "en") for n in range(1500)
    ]
    await pipeline.stores.registry.register(APP, terminals)
    sandbox.misbehave({"vendor": "oppo", "error": "28", "holds": "IN_", "path": "unicast"})
    messages = [await pipeline.dispatch(options=Options(ttl=timedelta(days=1))) for _ in range(7)]
    await pipeline.run_jobs()
    assert [await pipeline.states(message) for message in messages] == [{"accepted": 750, "pending": 750}] * 7
    refused = [item for item in sandbox.received(vendor="oppo") if item["code"] == "28"]
    assert len(refused) == 5, "then the host is left alone"
    sandbox.reset()
    for _ in range(10):
        pipeline.clock.advance(300)
        await pipeline.run_due_jobs()
    assert [await pipeline.states(message) for message in messages] == [{"accepted": 1500}] * 7
