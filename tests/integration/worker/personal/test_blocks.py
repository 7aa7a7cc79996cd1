"""A personal message to blocks of terminals: whose values are filled in, and who is left out."""

import json
import logging
from collections.abc import Mapping

import pytest
from tests.support.personal import dispatch_personal, titles
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.audience import ByToken
from pushgate.domain.message import Content, Delivery, OnMissing, Options, Personal, TooLong
from pushgate.domain.terminal import AttributeValue, InlineToken, Terminal
from pushgate.runtime import logs

HELLO = {"en": Content("Hi {{ name }}", "Today only")}


async def register(
    pipeline: Pipeline, vendor: str, *attributes: Mapping[str, AttributeValue], user: str | None = None
) -> None:
    """Terminals with these attributes, numbered from 0."""
    await pipeline.stores.registry.register(
        APP,
        [
            Terminal(f"{vendor}-{n}", vendor, token(f"{vendor}-{n}"), "en", user=user, attributes=own)
            for n, own in enumerate(attributes)
        ],
    )


@pytest.mark.parametrize("vendor", ["fcm", "apns", "huawei"])
async def test_a_terminal_without_a_value_is_left_out(
    vendor: str, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await register(pipeline, vendor, {"name": "Ann"}, {}, {"name": " "}, {"name": "Bob"})
    message = await dispatch_personal(pipeline, Personal(), HELLO)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2, "rejected": 2}
    codes = {(state, code) for state, code, _ in await pipeline.failures(message)}
    assert codes == {("rejected", "missing_value")}
    (failure,) = (await pipeline.report(message)).failures
    assert "needs name" in failure.reason
    assert failure.count == 2
    assert sandbox.summary(vendor)["accepted"] == 2


@pytest.mark.parametrize("vendor", ["fcm", "apns", "xiaomi"])
async def test_a_terminal_without_a_value_gets_the_fallback(
    vendor: str, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await register(pipeline, vendor, {"name": "Ann"}, {}, {})
    personal = Personal(on_missing=OnMissing.FALLBACK, fallback={"en": Content("Hello all", "Today only")})
    message = await dispatch_personal(pipeline, personal, HELLO)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3}
    shown = json.dumps(sandbox.received(vendor=vendor))
    assert "Hi%20Ann" in shown or "Hi Ann" in shown
    assert "Hello%20all" in shown or "Hello all" in shown
    if vendor == "xiaomi":
        assert sandbox.summary(vendor)["requests"] == 2


async def test_values_of_users_and_of_the_message_are_filled_in(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.stores.people.change(APP, "ann", {"name": "Ann", "city": "Bonn"})
    await register(pipeline, "fcm", {"name": "Own"}, {}, user="ann")
    await register(pipeline, "apns", {})
    content = {
        "en": Content('{{ name | default: "-" }}, {{ user.city | default: "-" }}, {{ values.order }}', "Body")
    }
    personal = Personal(values={"order": 17}, user_values={"ann": {"order": "A 1"}})
    message = await dispatch_personal(pipeline, personal, content)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3}
    assert titles(sandbox) == {token("fcm-0"): "Own, Bonn, A 1", token("fcm-1"): "Ann, Bonn, A 1"}
    assert titles(sandbox, "apns") == {token("apns-0"): "-, -, 17"}


async def test_a_terminal_that_moved_gets_its_own_values(pipeline: Pipeline, sandbox: Sandbox) -> None:
    """Its former slot is found again: by another terminal's values it would be another's push."""
    await register(pipeline, "fcm", {"name": "Ann"}, {"name": "Bob"})
    message = await dispatch_personal(pipeline, Personal(), HELLO)
    moved = Terminal("fcm-0", "fcm", token("moved"), "de", attributes={"name": "Anna"})
    await pipeline.stores.registry.register(APP, [moved])
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2}
    assert titles(sandbox) == {token("moved"): "Hi Anna", token("fcm-1"): "Hi Bob"}


async def test_tokens_that_a_message_brings_have_no_values(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await register(pipeline, "fcm", {"name": "Ann"})
    audience = ByToken((InlineToken("fcm", token("fcm-0"), "en"), InlineToken("apns", token(2), "en")))
    content = {"en": Content('Hi {{ name | default: "friend" }}', "Today")}
    message = await dispatch_personal(pipeline, Personal(), content, audience)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2}
    assert titles(sandbox) == {token("fcm-0"): "Hi friend"}


@pytest.mark.parametrize(
    ("vendor", "attributes"),
    [("apns", {f"v{n}": "\u4e2d" * 256 for n in range(6)}), ("xiaomi", {"v0": "n" * 60})],
    ids=["apns", "xiaomi"],
)
@pytest.mark.parametrize("on_too_long", [TooLong.REJECT, TooLong.TRUNCATE])
async def test_too_long_with_the_values(
    vendor: str,
    attributes: dict[str, AttributeValue],
    on_too_long: TooLong,
    pipeline: Pipeline,
    sandbox: Sandbox,
) -> None:
    short: dict[str, AttributeValue] = dict.fromkeys(attributes, "short")
    await register(pipeline, vendor, attributes, short)
    title = " ".join(f"{{{{ {name} }}}}" for name in attributes)
    options = Options(on_too_long=on_too_long)
    message = await dispatch_personal(pipeline, Personal(), {"en": Content(title, "B")}, options=options)
    await pipeline.run_jobs()
    if on_too_long is TooLong.TRUNCATE:
        assert await pipeline.states(message) == {"accepted": 2}
        return
    assert await pipeline.states(message) == {"accepted": 1, "rejected": 1}
    assert [failure[:2] for failure in await pipeline.failures(message)] == [("rejected", "too_long")]


async def test_terminals_with_equal_texts_share_requests(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await register(pipeline, "huawei", *({"name": f"n{n % 3}"} for n in range(60)))
    message = await dispatch_personal(pipeline, Personal(), HELLO)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 60}
    sends = [item for item in sandbox.received(vendor="huawei") if item["tokens"]]
    assert sorted(len(item["tokens"]) for item in sends) == [20, 20, 20]  # type: ignore[arg-type]  # JSON


async def test_at_most_once_reserves_those_alone_that_are_sent(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await register(pipeline, "fcm", {"name": "Ann"}, {}, {"name": "Bob"})
    options = Options(delivery=Delivery.AT_MOST_ONCE)
    message = await dispatch_personal(pipeline, Personal(), HELLO, options=options)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 2, "rejected": 1}
    assert set(titles(sandbox).values()) == {"Hi Ann", "Hi Bob"}


async def test_values_are_in_no_log(
    pipeline: Pipeline,
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    logs.configure("info", "json", "worker")
    caplog.set_level(logging.DEBUG)
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE"})
    await register(pipeline, "fcm", {"name": "Secretive"}, {"name": "Secretive" * 20})
    await register(pipeline, "xiaomi", {"name": "Secretive" * 20})
    await dispatch_personal(pipeline, Personal(), HELLO)
    await pipeline.run_jobs()
    printed = "".join(capsys.readouterr())
    assert "vendor_failed" in printed
    assert "Secretive" not in printed + caplog.text


async def test_a_dry_run_at_a_vendor_without_one_sends_nothing(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await register(pipeline, "apns", {"name": "Ann"}, {})
    message = await dispatch_personal(pipeline, Personal(), HELLO, options=Options(dry_run=True))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 1, "rejected": 1}
    assert sandbox.received(vendor="apns") == []
