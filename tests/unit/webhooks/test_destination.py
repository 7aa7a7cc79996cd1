"""Where webhooks may lead, and where they must not."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.webhooks.destination import Destination, DestinationRules, Refused, Resolver, parse

PUBLIC = DestinationRules()
LOOPBACK = DestinationRules(allow_loopback=True)
PRIVATE = DestinationRules(allow_private=True)
PLAIN = DestinationRules(allow_http=True)

ALLOWED = {
    "https://example.com": ("example.com", 443, "/", "example.com"),
    "https://EXAMPLE.com./a?b=c": ("example.com", 443, "/a?b=c", "example.com"),
    "https://example.com:8443/hook": ("example.com", 8443, "/hook", "example.com:8443"),
    "https://example.com:80/": ("example.com", 80, "/", "example.com:80"),
    "https://bücher.example/ü?ö=1": (
        "xn--bcher-kva.example", 443, "/%C3%BC?%C3%B6=1", "xn--bcher-kva.example",
    ),
    "https://8.8.8.8/hook": ("8.8.8.8", 443, "/hook", "8.8.8.8"),
    "https://[2606:4700::1111]:4443/": ("2606:4700::1111", 4443, "/", "[2606:4700::1111]:4443"),
    "https://a_b.example.com/%2e%2e/?q=%zz": ("a_b.example.com", 443, "/%2e%2e/?q=%zz", "a_b.example.com"),
}  # fmt: skip
REFUSED = {
    "": "https://",
    "example.com/hook": "https://",
    "ftp://example.com/": "https://",
    "file:///etc/passwd": "https://",
    "gopher://example.com:70/": "https://",
    "http://example.com/": "allow_http",
    "https://": "host",
    "https:///hook": "host",
    "https://user@example.com/": "user name",
    "https://user:password@example.com/": "user name",
    "https://example.com@10.0.0.1/": "user name",
    "https://example.com/#part": "fragment",
    "https://example.com/#": "fragment",
    "https://exa mple.com/": "spaces",
    "https://example.com/\r\nX: y": "spaces",
    "https://example.com\\@10.0.0.1/": "spaces",
    "https://example.com:22/": "port",
    "https://example.com:25/": "port",
    "https://example.com:0/": "port",
    "https://example.com:99999/": "port",
    "https://example.com:x/": "port",
    "https://" + "a" * 64 + ".com/": "host",
    "https://" + ".".join(["a" * 60] * 5) + "/": "host",
    "https://example..com/": "host",
    "https://-example.com/": "host",
    "https://%31%30.0.0.1/": "host",
    "https://[fe80::1%25eth0]/": "host",
    "https://[fe80::1%eth0]/": "host",
    "https://[::ffff:10.0.0.1]/": "public address: this one is private",
    "https://[::1]/": "public address: this one is loopback",
    "https://[64:ff9b::a00:1]/": "public address: this one is reserved",
    "https://127.0.0.1/": "public address: this one is loopback",
    "https://10.0.0.1./": "public address: this one is private",
    "https://169.254.169.254/latest": "public address: this one is link-local",
    "https://100.64.0.1/": "public address: this one is private",
    "https://0.0.0.0/": "public address: this one is reserved",
    "https://2130706433/": "four decimal numbers",
    "https://0x7f000001/": "four decimal numbers",
    "https://0177.0.0.1/": "four decimal numbers",
    "https://127.1/": "four decimal numbers",
    "https://0/": "four decimal numbers",
    "https://１２７.0.0.1/": "public address: this one is loopback",
    "https://xn--\u0000/": "spaces",
    "https://" + "e" * 2048: "2048 characters",
}


@pytest.mark.parametrize(("url", "parts"), ALLOWED.items())
def test_a_webhook_may_lead_to_public_hosts(url: str, parts: tuple[str, int, str, str]) -> None:
    found = parse(url, PUBLIC)
    assert (found.host, found.port, found.target, found.authority) == parts
    assert found.secure


@pytest.mark.parametrize(("url", "reason"), REFUSED.items())
def test_any_other_address_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refusal:
        parse(url, PUBLIC)
    assert len(url) < 12 or url not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("http://127.0.0.1:9000/", LOOPBACK),
        ("https://127.0.0.1:9000/", LOOPBACK),
        ("https://[::1]:9000/", LOOPBACK),
        ("https://127.0.0.1/", PRIVATE),
        ("https://10.1.2.3/", PRIVATE),
        ("https://[fd00::1]/", PRIVATE),
        ("http://8.8.8.8/", PLAIN),
    ],
)
def test_settings_allow_more(url: str, rules: DestinationRules) -> None:
    assert parse(url, rules).secure is url.startswith("https:")


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("https://10.0.0.1/", LOOPBACK),
        ("http://10.0.0.1/", PRIVATE),
        ("http://8.8.8.8/", LOOPBACK),
        ("http://10.0.0.1/", PLAIN),
        ("https://169.254.169.254/", PRIVATE),
        ("https://[::ffff:169.254.169.254]/", PRIVATE),
        ("https://224.0.0.1/", PRIVATE),
        ("https://0.0.0.0/", PRIVATE),
        ("https://0.0.0.0/", LOOPBACK),
    ],
)
def test_settings_allow_no_more_than_they_say(url: str, rules: DestinationRules) -> None:
    with pytest.raises(ValueError, match="must"):
        parse(url, rules)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(["", "https://", "https://a.b"]))
def test_any_text_is_refused_or_leads_to_an_ascii_host_that_stays_the_same(text: str, start: str) -> None:
    with suppress(ValueError):
        found = parse(start + text, PUBLIC)
        assert (found.host + found.target).isascii()
        assert found.target.startswith("/")
        again = parse(f"https://{found.authority}{found.target}", PUBLIC)
        assert again == found


HOST = Destination(secure=True, host="receiver.example", port=443, target="/")


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["fe80::1%eth0"],
        ["8.8.8.8", "8.8.4.4", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["2606:4700::1111", "::1"],
    ],
)
async def test_one_address_that_is_not_public_refuses_the_whole_host(addresses: Sequence[str]) -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return addresses

    with pytest.raises(Refused, match="public address"):
        await Resolver(lookup).addresses(HOST, PUBLIC)


async def test_plain_http_by_loopback_alone_does_not_reach_a_name_of_elsewhere() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return ["8.8.8.8"]

    plain = parse("http://receiver.example/", LOOPBACK)
    with pytest.raises(Refused, match="https"):
        await Resolver(lookup).addresses(plain, LOOPBACK)


async def test_the_look_ups_of_one_host_at_the_same_time_are_one() -> None:
    asked: list[str] = []
    answer = asyncio.Event()

    async def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        await answer.wait()
        return ["8.8.8.8"]

    resolver = Resolver(lookup)
    waiting = [asyncio.create_task(resolver.addresses(HOST, PUBLIC)) for _ in range(3)]
    await asyncio.sleep(0)  # the look-up begins
    waiting[0].cancel()
    answer.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[1:] == [["8.8.8.8"]] * 2
    assert asked == ["receiver.example"]
    await resolver.addresses(HOST, PUBLIC)
    assert len(asked) == 2


async def test_names_that_nobody_answers_hold_up_no_other_app() -> None:
    asked: list[str] = []

    async def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        if host.startswith("slow"):
            await asyncio.Event().wait()
        return ["8.8.8.8"]

    resolver = Resolver(lookup)
    slow = [replace(HOST, host=f"slow-{number}.example") for number in range(50)]
    waiting = [asyncio.create_task(resolver.addresses(one, PUBLIC, "shop")) for one in slow]
    for _ in range(2):
        await asyncio.sleep(0)  # the tasks get their turns, then the look-ups begin
    assert len(asked) == 8
    assert await resolver.addresses(HOST, PUBLIC, "other") == ["8.8.8.8"]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_host_without_addresses_is_an_error_of_the_network() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return []

    with pytest.raises(OSError, match="no address"):
        await Resolver(lookup).addresses(HOST, PUBLIC)


async def test_the_system_resolves_this_host() -> None:
    resolver = Resolver()
    found = await resolver.addresses(parse("http://localhost:9000/", LOOPBACK), LOOPBACK)
    assert set(found) <= {"127.0.0.1", "::1"}
    resolver.close()
