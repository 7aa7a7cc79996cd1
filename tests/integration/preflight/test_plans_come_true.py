"""What a plan says is what happens: the message is planned, then sent to simulated vendors."""

from collections import Counter

import pytest
from tests.support.apps import configured_app
from tests.support.pipeline import APP, Pipeline, token

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.audience import AllOf, AnyOf, Audience, Everyone, HasTag, InLanguage, Not, OfVendor
from pushgate.domain.message import Content, Message, Options, TooLong
from pushgate.domain.message_id import UNASSIGNED
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Terminal
from pushgate.preflight.plan import Plan
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


@pytest.mark.parametrize(
    "content", [SHORT, LONG_TITLE, LONG_BODY, BLANK], ids=["short", "title", "body", "blank"]
)
@pytest.mark.parametrize("on_too_long", [TooLong.REJECT, TooLong.TRUNCATE])
@pytest.mark.parametrize(
    "audience",
    [Everyone(), AllOf((AnyOf((HasTag("vip"), InLanguage("zh"))), Not(OfVendor("fcm"))))],
    ids=["everyone", "expression"],
)
async def test_targeted_and_rejected_terminals_are_those_of_the_plan(
    pipeline: Pipeline, content: dict[str, Content], on_too_long: TooLong, audience: Audience
) -> None:
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
    for one in planned.limited:
        if one.effect == "refused":
            refused[one.vendor, one.code.value] += one.count
    assert refused == rejected
    reached = report.states[State.ACCEPTED] + report.states[State.INVALID]
    assert sum(one.sent for one in planned.vendors) == reached
    assert report.targeted == sum(planned.groups.values())
