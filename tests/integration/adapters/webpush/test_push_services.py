"""Many push services behind one vendor: whom we send to is the app's choice, and trouble with one
stays with that one.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from unittest.mock import Mock

import pytest
from tests.support.adapters.sending import addressed, sent, token
from tests.support.apps import open_adapters
from tests.support.clock import SetClock
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.adapters.webpush import push_services
from pushgate.adapters.webpush.origins import is_trusted
from pushgate.adapters.webpush.push_services import PushServices
from pushgate.adapters.webpush.sender import MAX_DOUBTFUL_REFUSALS
from pushgate.adapters.webpush.subscriptions import parse_token
from pushgate.domain.errors import VendorAuthError
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse


@pytest.fixture
async def adapter(sandbox: Sandbox, clock: SetClock) -> AsyncIterator[Adapter]:
    """It sends to the sandbox, to a port where nobody listens, and to Microsoft's hosts."""
    section = sandbox.sections()["webpush"]
    hosts = [*section["hosts"], "127.0.0.1:1", "*.notify.windows.com"]  # type: ignore[misc]  # a list
    settings = parse({"apps": {"shop": {"webpush": {**section, "hosts": hosts}}}})
    opened = open_adapters(settings, clock, NoCredentialStore(), CallbackTokens(b""))["shop", "webpush"]
    yield opened
    await opened.close()


async def test_an_untrusted_push_service_is_not_called_and_a_foreign_key_fails_one_subscription(
    sandbox: Sandbox, adapters: dict[str, Adapter]
) -> None:
    """Endpoints come from clients. See docs/reference/vendors/webpush.md#requests."""
    good, other, dead = addressed(sandbox, "webpush", [token(1), token(2), token(3, dead=True)])
    elsewhere = other.replace(sandbox.credentials.base_url, "https://169.254.169.254")
    torn = "A" * 87 + other[87:]
    verdicts, error = await sent(adapters["webpush"], [elsewhere, good, torn, dead])
    assert error is None
    assert [verdicts[n].code for n in range(4)] == ["foreign_host", "ok", "not_a_subscription", "errno_106"]
    sandbox.misbehave({"vendor": "webpush", "error": "403"})
    verdicts, error = await sent(adapters["webpush"], [good])
    assert error is None, "the service has taken pushes under the key: it is the subscription's fault"
    assert verdicts[0].code == "foreign_key"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example:80.notify.windows.com/x",
        "https://127.0.0.1:.notify.windows.com/x",
        "https://evil.example:99999/x",
        "https://a..notify.windows.com/x",
        f"https://{'a' * 64}.notify.windows.com/x",
        f"https://{'a.' * 130}notify.windows.com/x",
        "https://user@wns.notify.windows.com/x",
        "https://[::1::2]/x",
        "https://-a.notify.windows.com/x",
        "https://evil.example#.notify.windows.com/x",
    ],
)
async def test_an_invalid_endpoint_fails_its_own_subscription_alone(
    endpoint: str, adapter: Adapter, sandbox: Sandbox
) -> None:
    good, other = addressed(sandbox, "webpush", [token(1), token(2)])
    keys = other.partition("@")[0]
    verdicts, error = await sent(adapter, [f"{keys}@{endpoint}", good])
    assert error is None
    assert [verdicts[n].code for n in range(2)] == ["not_a_subscription", "ok"]


class Watched:
    """Connections that take a while to close."""

    open = 0

    def __init__(self, *_: object) -> None:
        self.closed = False
        Watched.open += 1

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed = True
        Watched.open -= 1


async def test_idle_services_are_closed_and_none_in_use(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_services, "MAX_OPEN", 3)
    monkeypatch.setattr(push_services, "MAX_KNOWN", 5)
    monkeypatch.setattr(push_services, "Session", Watched)
    services, draw = PushServices(Mock(), Mock(), Mock(), clock), random.Random(1)

    async def fly() -> None:
        for _ in range(50):
            async with services.acquire(f"https://{draw.randrange(12)}.example") as service:
                session: object = service.session()
                for _ in range(draw.randrange(4)):
                    await asyncio.sleep(0)
                    assert isinstance(session, Watched)
                    assert not session.closed

    await asyncio.gather(*(fly() for _ in range(20)))
    assert Watched.open <= 3
    await services.close()
    assert Watched.open == 0


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("wns.notify.windows.com", True),
        ("WNS.Notify.Windows.com:443", True),
        ("notify.windows.com", False),
        ("evilnotify.windows.com", False),
        ("wns.notify.windows.com:8443", False),
        ("wns.notify.windows.com.evil.example", False),
        ("push.example:8443", True),
        ("push.example:4434", True),
        ("push.example:4", False),
        ("push.example", False),
        ("[::1]:8443", True),
        ("[0:0::1]:8443", True),
        ("[::1]", False),
        ("[::2]:8443", False),
    ],
)
def test_hosts_are_matched_as_a_whole(host: str, trusted: bool, sandbox: Sandbox) -> None:
    (good,) = addressed(sandbox, "webpush", [token(1)])
    hosts = ["*.notify.windows.com", "push.example:8443", "push.example:4434", "[::1]:8443"]
    origin = parse_token(f"{good.partition('@')[0]}@https://{host}/x".encode()).origin
    assert is_trusted(origin, hosts) == trusted


async def test_an_unavailable_push_service_does_not_delay_the_others(
    adapter: Adapter, sandbox: Sandbox
) -> None:
    (good,) = addressed(sandbox, "webpush", [token(1)])
    away = good.replace(sandbox.credentials.base_url, "https://127.0.0.1:1")
    verdicts, error = await sent(adapter, [away, good])
    assert error is None
    assert [verdicts[n].outcome for n in range(2)] == [Outcome.RETRY, Outcome.ACCEPTED]
    verdicts, error = await sent(adapter, [away])
    assert error is None, "else the gate would close for all"
    assert verdicts[0].outcome is Outcome.RETRY


async def test_a_throttling_push_service_is_paused_for_its_delay(
    adapter: Adapter, sandbox: Sandbox, clock: SetClock
) -> None:
    (good,) = addressed(sandbox, "webpush", [token(1)])
    sandbox.misbehave({"vendor": "webpush", "error": "429", "retry_after": 30, "times": 1})
    verdicts, error = await sent(adapter, [good])
    assert (verdicts[0].outcome, verdicts[0].retry_after, error) == (Outcome.RETRY, 30, None)
    clock.advance(10)
    verdicts, _ = await sent(adapter, [good])
    assert (verdicts[0].code, verdicts[0].retry_after) == ("left_alone", 20)
    assert sandbox.summary("webpush")["requests"] == 1, "it was asked nothing"
    clock.advance(20)
    verdicts, _ = await sent(adapter, [good])
    assert verdicts[0].outcome is Outcome.ACCEPTED


async def test_a_throttle_of_microsoft_pauses_its_service(
    adapter: Adapter, sandbox: Sandbox, clock: SetClock
) -> None:
    good, other = addressed(sandbox, "webpush", [token(1), token(2)])
    sandbox.misbehave({"vendor": "webpush", "error": "wns_throttled", "retry_after": 1800, "times": 1})
    verdicts, error = await sent(adapter, [good])
    assert (verdicts[0].code, verdicts[0].retry_after, error) == ("wns_throttled", 1800, None)
    clock.advance(1799)
    verdicts, _ = await sent(adapter, [other])
    assert verdicts[0].code == "left_alone"
    clock.advance(1)
    sandbox.misbehave(refused={"webpush": {good: "wns_channel_throttled"}})
    verdicts, error = await sent(adapter, [good, other])
    assert [verdicts[n].outcome for n in range(2)] == [Outcome.RETRY, Outcome.ACCEPTED]


async def test_a_browser_without_a_push_service_has_a_dead_token(adapter: Adapter, sandbox: Sandbox) -> None:
    good, other = addressed(sandbox, "webpush", [token(1), token(2)])
    gone = f"{other.partition('@')[0]}@https://permanently-removed.invalid/fcm/send/x"
    verdicts, error = await sent(adapter, [gone, good])
    assert (verdicts[0].outcome, verdicts[0].code) == (Outcome.INVALID, "permanently_removed")
    assert (verdicts[1].outcome, error) == (Outcome.ACCEPTED, None)


async def test_a_push_service_is_paused_for_at_most_a_day(
    adapter: Adapter, sandbox: Sandbox, clock: SetClock
) -> None:
    (good,) = addressed(sandbox, "webpush", [token(1)])
    sandbox.misbehave({"vendor": "webpush", "error": "503", "retry_after": 1_000_000, "times": 1})
    await sent(adapter, [good])
    clock.advance(86_399)
    verdicts, _ = await sent(adapter, [good])
    assert verdicts[0].code == "left_alone"
    clock.advance(1)
    await sent(adapter, [good])
    assert sandbox.summary("webpush")["requests"] == 3, "asked again; a signature of tomorrow is tried twice"


async def test_a_key_refused_for_many_subscriptions_fails_the_call(
    adapter: Adapter, sandbox: Sandbox, clock: SetClock
) -> None:
    """However much the service has taken under it: the clock may be wrong by now, or the key
    withdrawn.
    """
    many = addressed(sandbox, "webpush", [token(n) for n in range(MAX_DOUBTFUL_REFUSALS + 1)])
    verdicts, _ = await sent(adapter, many)
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
    sandbox.misbehave({"vendor": "webpush", "error": "403"})
    verdicts, error = await sent(adapter, many)
    assert (verdicts, type(error)) == ({}, VendorAuthError)
    clock.advance(60)
    verdicts, error = await sent(adapter, many[:1])
    assert (verdicts[0].code, error) == ("foreign_key", None), (
        "of a single one it is the subscription's fault"
    )
    clock.advance(600)
    verdicts, error = await sent(adapter, many[:1])
    assert (verdicts, type(error)) == ({}, VendorAuthError), "the service has taken nothing for a while"


async def test_a_push_service_that_refuses_the_key_does_not_stop_the_others(
    sandbox: Sandbox, clock: SetClock
) -> None:
    """As Microsoft's may, while Google's takes all: the app's other pushes must not be paused for
    that.
    """
    section, base = sandbox.sections()["webpush"], sandbox.credentials.base_url
    elsewhere = base.replace("127.0.0.1", "localhost")
    hosts = [*section["hosts"], elsewhere.removeprefix("https://")]  # type: ignore[misc]  # a list
    settings = parse({"apps": {"shop": {"webpush": {**section, "hosts": hosts}}}})
    adapter = open_adapters(settings, clock, NoCredentialStore(), CallbackTokens(b""))["shop", "webpush"]
    good, other = addressed(sandbox, "webpush", [token(1), token(2)])
    refused = other.replace(base, elsewhere)
    sandbox.misbehave({"vendor": "webpush", "error": "403", "holds": elsewhere.removeprefix("https://")})
    verdicts, error = await sent(adapter, [refused])
    assert (verdicts, type(error)) == ({}, VendorAuthError), "nobody has taken a push yet: it may be the key"
    verdicts, error = await sent(adapter, [good])
    assert (verdicts[0].outcome, error) == (Outcome.ACCEPTED, None)
    clock.advance(60)
    verdicts, error = await sent(adapter, [refused])
    assert (verdicts[0].outcome, error) == (Outcome.RETRY, None)
    await adapter.close()
