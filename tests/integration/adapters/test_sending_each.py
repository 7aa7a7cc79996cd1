"""Different pushes to different tokens in one call: the vendor gets what single calls send."""

import asyncio
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from tests.support.adapters.sending import SINGLE, VENDORS, addressed, token
from tests.support.engines import wait_until
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push, Rendering, Verdict
from pushgate.adapters.preparation import prepare
from pushgate.adapters.session_adapter import REQUEST_TIMEOUT
from pushgate.domain.errors import VendorError, VendorThrottled
from pushgate.domain.message import Content, Options, Priority
from pushgate.domain.outcome import FailureCode, Outcome

NOW = datetime.now(UTC)
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


def numbered_push(number: int) -> Push:
    """A push with a content, an expiry, a priority and a name of its own."""
    ttl = timedelta(minutes=10 + number % 3)
    return Push(
        message_id=f"0194f0c1a2b3c4d5e6f70819{number:04d}",
        content=Content(
            f"Order {number}", "It is on its way" + "!" * (number % 5), None, {"order": str(number)}
        ),
        options=Options(
            ttl=ttl,
            priority=Priority.HIGH if number % 2 else Priority.NORMAL,
            collapse_key=f"order-{number}" if number % 3 else None,
        ),
        expires_at=NOW + ttl + timedelta(seconds=number),
        callback=f"shop.m{number}.mac",
    )


@dataclass
class Results:
    """What became of the sends, by index, and the errors of calls."""

    verdicts: dict[int, Verdict]
    errors: list[VendorError]

    @property
    def outcomes(self) -> list[Outcome | None]:
        """The outcome of each send, None without a verdict."""
        count = max(self.verdicts, default=-1) + 1
        return [self.verdicts[index].outcome if index in self.verdicts else None for index in range(count)]


async def sent_each(
    sends: Sequence[tuple[Rendering, bytes]], may_continue: Callable[[], bool] = lambda: True
) -> Results:
    """Send each rendering to its token: one call for each key."""
    results = Results({}, [])
    by_key: dict[Hashable, list[int]] = {}
    for index, (rendering, _) in enumerate(sends):
        by_key.setdefault(rendering.key, []).append(index)
    for indexes in by_key.values():
        own = [sends[index] for index in indexes]
        try:
            async for own_indexes, verdict in own[0][0].send_each(own, may_continue):
                found = [indexes[index] for index in own_indexes]
                assert not results.verdicts.keys() & set(found), "a send has two verdicts"
                results.verdicts.update(dict.fromkeys(found, verdict))
        except VendorError as error:
            results.errors.append(error)
    return results


def renderings(adapter: Adapter, tokens: Sequence[str], step: int = 1) -> list[tuple[Rendering, bytes]]:
    """A push of its own for each token; by steps of two, all have one priority."""
    return [
        (prepare(adapter, numbered_push(step * number), NOW).rendering_for(text.encode()), text.encode())
        for number, text in enumerate(tokens)
    ]


def requests_by_token(sandbox: Sandbox, vendor: str) -> dict[str, object]:
    """Path, headers and body of each push request, by token. OPPO's notifications stand alone."""
    found: dict[str, object] = {}
    for logged in sandbox.received(vendor=vendor):
        headers = logged["headers"]
        assert isinstance(headers, dict)
        for text in logged["tokens"]:  # type: ignore[attr-defined]  # JSON
            body, length = logged["body"], headers.get("content-length")
            if vendor == "oppo":
                (notification,) = _notifications_to(text, str(body))
                body, length = notification, None
            assert text not in found, "a token has two requests"
            found[text] = (logged["path"], {**headers, "content-length": length}, body)
    return found


def _notifications_to(text: str, form: str) -> list[Mapping[str, object]]:
    messages = json.loads(parse_qs(form)["messages"][0])
    return [message for message in messages if message["target_value"] == text]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_each_token_gets_what_a_call_of_its_own_would_send(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(40)])
    for number, text in enumerate(tokens):
        prepared = adapters[vendor].prepare(numbered_push(number), NOW)
        async for _, verdict in prepared.send([text.encode()], lambda: True):
            assert verdict.outcome is Outcome.ACCEPTED
    alone = requests_by_token(sandbox, vendor)
    sandbox.reset()
    results = await sent_each(renderings(adapters[vendor], tokens))
    assert results.errors == []
    assert results.outcomes == [Outcome.ACCEPTED] * 40
    together = requests_by_token(sandbox, vendor)
    assert len(together) == 40
    assert together == alone


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

    async def send(vendor: str) -> None:
        tokens = addressed(sandbox, vendor, [token(n) for n in range(12)])
        results = await sent_each(renderings(adapters[vendor], tokens, step=2))
        assert results.outcomes.count(Outcome.ACCEPTED) == 11
        unknown = results.outcomes.index(Outcome.UNKNOWN)

        def arrived() -> list[str]:
            requests = sandbox.received(vendor=vendor)
            return [text for logged in requests for text in logged["tokens"]]  # type: ignore[attr-defined]  # JSON

        wait_until(lambda: len(arrived()) == 12, 10, "the delayed request")
        assert arrived()[-1] == tokens[unknown]

    await asyncio.gather(*map(send, SINGLE_TOKEN_VENDORS))


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
