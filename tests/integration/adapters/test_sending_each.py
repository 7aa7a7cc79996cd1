"""Different pushes to different tokens in one call: the vendor gets what single calls send."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from tests.support.adapters.sending import SINGLE, VENDORS, addressed, token
from tests.support.adapters.sending_each import (
    NOW,
    numbered_push,
    renderings,
    require_equal_requests,
    sent_each,
)
from tests.support.engines import wait_until
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push
from pushgate.adapters.preparation import prepare
from pushgate.adapters.session_adapter import REQUEST_TIMEOUT
from pushgate.domain.errors import VendorThrottled
from pushgate.domain.message import Content, Options
from pushgate.domain.outcome import FailureCode, Outcome

SINGLE_TOKEN_VENDORS = ("apns", "fcm", "vivo", "webpush")
MANY_TOKEN_VENDORS = tuple(vendor for vendor in VENDORS if vendor not in SINGLE_TOKEN_VENDORS)
THROTTLED = {
    "apns": "TooManyProviderTokenUpdates",
    "fcm": "QUOTA_EXCEEDED",
    "huawei": "503",
    "harmony": "503",
    "honor": "flow_control",
    "meizu": "110010",
    "oppo": "55",
    "vivo": "10072",
    "xiaomi": "10027",
}


@pytest.mark.parametrize("vendor", VENDORS)
async def test_each_token_gets_what_a_call_of_its_own_would_send(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(40)])
    pushes = [numbered_push(number) for number in range(40)]
    await require_equal_requests(sandbox, vendor, adapters[vendor], pushes, tokens)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_dead_tokens_are_reported_by_their_index(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n, dead=n % 7 == 3) for n in range(40)])
    results = await sent_each(renderings(adapters[vendor], tokens))
    assert results.errors == []
    assert results.outcomes == [Outcome.INVALID if n % 7 == 3 else Outcome.ACCEPTED for n in range(40)]


async def test_an_unanswered_request_is_unknown_for_its_own_token_alone(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    rules: list[dict[str, object]] = [
        {"vendor": vendor, "delay": REQUEST_TIMEOUT + 0.5, "path": SINGLE.get(vendor), "times": 1}
        for vendor in SINGLE_TOKEN_VENDORS
    ]
    sandbox.misbehave(*rules)

    tokens = {
        vendor: addressed(sandbox, vendor, [token(n) for n in range(12)]) for vendor in SINGLE_TOKEN_VENDORS
    }
    found = await asyncio.gather(
        *(sent_each(renderings(adapters[vendor], tokens[vendor], step=2)) for vendor in SINGLE_TOKEN_VENDORS)
    )

    def arrived(vendor: str) -> list[str]:
        requests = sandbox.received(vendor=vendor)
        return [text for logged in requests for text in logged["tokens"]]  # type: ignore[attr-defined]  # JSON

    for vendor, results in zip(SINGLE_TOKEN_VENDORS, found, strict=True):
        assert results.outcomes.count(Outcome.ACCEPTED) == 11
        wait_until(lambda vendor=vendor: len(arrived(vendor)) == 12, 10, "the delayed request")  # type: ignore[misc]  # bound now
        assert arrived(vendor)[-1] == tokens[vendor][results.outcomes.index(Outcome.UNKNOWN)]


@pytest.mark.parametrize("vendor", THROTTLED)
async def test_a_throttled_call_raises_and_leaves_the_rest_without_a_verdict(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sends = renderings(adapters[vendor], [token(n) for n in range(20)])
    sandbox.misbehave(
        {"vendor": vendor, "error": THROTTLED[vendor], "retry_after": 7, "path": SINGLE.get(vendor)}
    )
    results = await sent_each(sends)
    assert results.verdicts == {}
    assert {type(error) for error in results.errors} == {VendorThrottled}
    assert {error.retry_after for error in results.errors} == {7}


@pytest.mark.parametrize("vendor", VENDORS)
async def test_nothing_more_is_sent_once_the_caller_stops(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(400)])
    results = await sent_each(renderings(adapters[vendor], tokens), lambda: False)
    assert results.errors == []
    accepted = {text for logged in sandbox.received(vendor=vendor) for text in logged["accepted"]}  # type: ignore[attr-defined]  # JSON
    assert {tokens[index] for index in results.verdicts} == accepted


@pytest.mark.parametrize("vendor", MANY_TOKEN_VENDORS)
async def test_tokens_of_one_push_share_a_request(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = [token(n).encode() for n in range(30)]
    first, second = (prepare(adapters[vendor], numbered_push(n), NOW) for n in (0, 2))
    sends = [((first if n % 3 else second).rendering_for(text), text) for n, text in enumerate(tokens)]
    results = await sent_each(sends)
    assert results.outcomes == [Outcome.ACCEPTED] * 30
    pushes = [logged["tokens"] for logged in sandbox.received(vendor=vendor) if logged["tokens"]]
    sizes = sorted(len(listed) for listed in pushes)  # type: ignore[arg-type]  # JSON
    assert sizes == ([30] if vendor == "oppo" else [10, 20])


async def test_a_token_is_once_in_a_request_of_oppo(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    """A response tells notifications apart by their token."""
    tokens = [token(n % 2, dead=n % 2 == 1) for n in range(6)]
    sends = renderings(adapters["oppo"], tokens, step=2)
    results = await sent_each(sends)
    assert results.outcomes == [Outcome.ACCEPTED, Outcome.INVALID] * 3
    sizes = [len(logged["tokens"]) for logged in sandbox.received(vendor="oppo") if logged["tokens"]]  # type: ignore[arg-type]  # JSON
    assert sizes == [2, 2, 2]


async def test_oppos_big_pictures_are_saved_push_by_push(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """OPPO has no call that sends such a notification without saving it."""
    tokens = [token(n, dead=n == 3).encode() for n in range(6)]
    first, second = (prepare(adapters["oppo"], with_picture(numbered_push(n)), NOW) for n in range(2))
    sends = [((first if n % 3 else second).rendering_for(text), text) for n, text in enumerate(tokens)]
    results = await sent_each(sends)
    assert results.errors == []
    assert results.outcomes == [Outcome.INVALID if n == 3 else Outcome.ACCEPTED for n in range(6)]
    received = sandbox.received(vendor="oppo")
    assert [logged["code"] for logged in received].count("saved") == 2
    assert sorted(len(logged["tokens"]) for logged in received if logged["tokens"]) == [2, 4]  # type: ignore[arg-type]  # JSON


def with_picture(given: Push) -> Push:
    """The push with a big picture for OPPO."""
    return structs.replace(given, options=replace(given.options, vendors={"oppo": {"big_picture_id": "p1"}}))


async def test_oppos_hosts_have_keys_and_scopes_of_their_own(adapters: dict[str, Adapter]) -> None:
    prepared = prepare(adapters["oppo"], numbered_push(0), NOW)
    china, abroad = prepared.rendering_for(b"CN_0123"), prepared.rendering_for(b"IDN_OPPO_0123")
    assert china.key != abroad.key
    named = [
        rendering.refusal_scopes[scope] for rendering in (china, abroad) for scope in rendering.refusal_scopes
    ]
    assert {"china", "overseas"} <= set(named)


async def test_a_push_too_large_for_topics_is_rejected_for_topics_alone(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    content = Content("t", "b", None, {"k": "x" * 2500})
    given = Push(
        message_id="m", content=content, options=Options(), expires_at=NOW + timedelta(hours=1), callback="c"
    )
    prepared = prepare(adapters["fcm"], given, NOW)
    targets = [token(1).encode(), b"/topics/news", b"'a' in topics"]
    results = await sent_each([(prepared.rendering_for(target), target) for target in targets])
    assert results.outcomes == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.REJECTED]
    assert results.verdicts[1].code == FailureCode.PAYLOAD_TOO_LARGE
    assert sandbox.summary("fcm")["pushes"] == 1


@pytest.mark.parametrize("vendor", ["apns", "fcm", "webpush"])
async def test_pushes_of_one_priority_share_a_key(vendor: str, adapters: dict[str, Adapter]) -> None:
    keys = {rendering.key for rendering, _ in renderings(adapters[vendor], [token(n) for n in range(20)])}
    assert len(keys) == 2
