"""What a plan says is what happens: the message is planned, then sent to simulated vendors."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.apps import configured_app
from tests.support.pipeline import APP, Pipeline, token
from tests.support.plain_terminals import expressions

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.app import PushRate
from pushgate.domain.audience import Audience, ByTerminal, Everyone, HasTag, InLanguage, OfVendor
from pushgate.domain.canary import Canary
from pushgate.domain.message import Content, Message, Options, TooLong
from pushgate.domain.message_id import UNASSIGNED
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.preflight.plan import Pace, Plan, RateSource
from pushgate.preflight.planning import Preflight
from pushgate.receipts.callback_token import CallbackTokens

SHORT = {"en": Content("Sale", "Today"), "zh-Hans": Content("特卖", "今天")}
LONG_TITLE = {"en": Content("t" * 60, "Today"), "zh-Hans": Content("特卖", "今天")}
LONG_BODY = {"en": Content("Sale", "b" * 6000), "zh-Hans": Content("特卖", "今天")}
BLANK = {"en": Content("Sale", " "), "zh-Hans": Content("特卖", "今天")}
VENDORS = ("apns", "fcm", "huawei", "vivo", "xiaomi")
LANGUAGES = ("en", "en-GB", "zh-Hans", "zh-Hant-TW", "fr")


def terminals() -> list[Terminal]:
    """Five of each vendor and language, the first of each group with a dead token."""
    return [
        Terminal(
            f"{vendor}-{language}-{n}",
            vendor,
            token(f"{vendor}-{language}-{n}", dead=n == 0),
            language,
            tags=("vip",) if n < 2 else (),
        )
        for vendor in VENDORS
        for language in LANGUAGES
        for n in range(5)
    ]


async def plan(pipeline: Pipeline, audience: Audience, options: Options, content: dict[str, Content]) -> Plan:
    now = pipeline.clock.now()
    message = Message(
        id=UNASSIGNED,
        app="shop",
        content=content,
        default_language="en",
        push_at=now,
        created_at=now,
        audience=summarize_audience(audience),
        options=options,
    )
    preflight = Preflight(pipeline.stores, configured_app(APP, pipeline.vendors), CallbackTokens(b"k").sign)
    return await preflight.plan(message, audience, now, by_timezone=False)


leaves: st.SearchStrategy[Audience] = st.one_of(
    st.just(HasTag("vip")),
    st.builds(OfVendor, st.sampled_from(VENDORS)),
    st.builds(InLanguage, st.sampled_from(["en", "zh", "zh-Hans", "fr"])),
    st.builds(ByTerminal, st.lists(st.sampled_from([one.id for one in terminals()]), min_size=1).map(tuple)),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(content=BLANK, on_too_long=TooLong.TRUNCATE, audience=Everyone())
@example(content=LONG_BODY, on_too_long=TooLong.TRUNCATE, audience=Everyone())
@example(content=LONG_TITLE, on_too_long=TooLong.REJECT, audience=Everyone())
@given(
    content=st.sampled_from([SHORT, LONG_TITLE, LONG_BODY, BLANK]),
    on_too_long=st.sampled_from(TooLong),
    audience=expressions(leaves),
)
async def test_targeted_and_rejected_terminals_are_those_of_the_plan(
    pipeline: Pipeline, content: dict[str, Content], on_too_long: TooLong, audience: Audience
) -> None:
    """Dead terminals leave with the first push, and come back with the next example."""
    await pipeline.stores.registry.register(APP, terminals())
    options = Options(on_too_long=on_too_long)
    planned = await plan(pipeline, audience, options, content)

    sent = await pipeline.dispatch(audience, options, **content)  # type: ignore[arg-type]  # no language is `by`
    await pipeline.run_jobs()
    report = await pipeline.report(sent)

    assert {(one.vendor, one.language): one.targeted for one in report.groups} == {
        (group.vendor, group.language): count for group, count in planned.groups.items()
    }
    rejected = Counter[tuple[str, str]]()
    for failure in report.failures:
        if failure.state == State.REJECTED:
            rejected[failure.vendor, failure.code] += failure.count
    refused = Counter[tuple[str, str]]()
    for one in (limited for vendor in planned.vendors for limited in vendor.limited):
        if one.effect == "refused":
            refused[one.vendor, one.code.value] += one.count
    assert refused == rejected
    reached = report.states[State.ACCEPTED] + report.states[State.INVALID]
    assert sum(one.sent for one in planned.vendors) == reached
    assert report.targeted == sum(planned.groups.values())


async def test_the_slowest_vendor_decides_who_is_reached_before_the_message_expires(
    pipeline: Pipeline,
) -> None:
    await pipeline.register(100, "apns")
    await pipeline.register(50, "fcm")
    await pipeline.register(7, "vivo")
    for vendor, rate in (("apns", 10), ("fcm", 1000)):
        pipeline.vendors[vendor] = replace(pipeline.vendors[vendor], rate=PushRate(rate))
    del pipeline.vendors["vivo"]
    planned = await plan(pipeline, Everyone(), Options(ttl=timedelta(seconds=5)), SHORT)
    apns, fcm, vivo = planned.vendors
    # A full bucket less its urgent tenth goes at once: 9 pushes, then 10 a second.
    assert apns.seconds == pytest.approx(9.1)
    assert apns.expiring == 100 - 9 - 50
    assert (fcm.seconds, fcm.expiring) == (0, 0)
    assert (vivo.is_configured, vivo.sent, vivo.seconds, vivo.expiring) == (False, 0, None, None)
    canary = Canary(share=50, wait=timedelta(seconds=10))
    waiting = await plan(pipeline, Everyone(), Options(ttl=timedelta(seconds=12), canary=canary), SHORT)
    apns, fcm, _ = waiting.vendors
    assert apns.seconds == pytest.approx(14.1)
    assert fcm.seconds == 10
    assert (apns.expiring, fcm.expiring) == (50 - 9 - 20, 0)


async def test_without_a_rate_in_the_settings_the_busiest_minute_is_the_rate(pipeline: Pipeline) -> None:
    pipeline.vendors["apns"] = replace(pipeline.vendors["apns"], rate=PushRate())
    await pipeline.register(1200)
    (before,) = (await plan(pipeline, Everyone(), Options(), SHORT)).vendors
    assert (before.pace, before.seconds, before.expiring) == (None, None, None)
    await pipeline.dispatch()
    await pipeline.run_jobs()
    (after,) = (await plan(pipeline, Everyone(), Options(), SHORT)).vendors
    assert (after.pace, after.seconds) == (Pace(20.0, RateSource.MEASURED), 60.0)
