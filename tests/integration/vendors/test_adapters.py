"""Every adapter against its simulated vendor, over TLS and HTTP/2 on a real socket."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.support.adapters.sending import SEND, SINGLE, VENDORS, addressed, push, sent, token
from tests.support.apps import open_adapters
from tests.support.clock import SetClock
from tests.support.sandbox import Sandbox

from pushgate.adapters.apns import adapter as apns
from pushgate.adapters.contract import Adapter, SupportsRecall, Verdict
from pushgate.adapters.fcm import adapter as fcm
from pushgate.adapters.huawei import adapter as huawei
from pushgate.adapters.preparation import prepare
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Feature
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import VendorAuthError, VendorError, VendorThrottled, VendorUnavailable
from pushgate.domain.message import Content, Options, TooLong
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sandbox.service_accounts import ServiceAccount
from pushgate.sandbox.vendors.honor import Honor
from pushgate.sandbox.vendors.huawei import Huawei
from pushgate.settings.loading import parse
from pushgate.worker.shared_credentials import SharedCredentials

TARGETS = {"token", "fid", "topic", "condition"}


def assert_put_off(vendor: str, verdicts: dict[int, Verdict], error: VendorError | None) -> None:
    """Nothing was sent: all of the vendor is in trouble, or of many push services the one that was called."""
    if vendor == "webpush":
        assert ({verdict.outcome for verdict in verdicts.values()}, error) == ({Outcome.RETRY}, None)
    else:
        assert (verdicts, type(error)) == ({}, VendorUnavailable)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_living_receive_it_and_the_dead_are_named(
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
async def test_thousands_go_in_requests_of_a_thousand(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(2500)])
    assert error is None
    assert len(verdicts) == 2500
    sizes = sorted(len(r["tokens"]) for r in sandbox.received(vendor=vendor) if r["tokens"])  # type: ignore[arg-type]  # JSON
    # Of a list vivo takes no fewer than two, so no part is left with one.
    assert sizes == ([832, 834, 834] if vendor == "vivo" else [500, 1000, 1000])


@pytest.mark.parametrize("vendor", VENDORS)
async def test_requests_travel_by_http2(vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    (one,) = addressed(sandbox, vendor, [token(1)])
    await sent(adapters[vendor], [one])
    assert sandbox.received(vendor=vendor, token=one)[0]["http_version"] == "2"


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "TooManyProviderTokenUpdates"),
        ("fcm", "QUOTA_EXCEEDED"),
        ("huawei", "503"),
        ("harmony", "503"),
        ("honor", "flow_control"),
        ("meizu", "110010"),
        ("oppo", "55"),
        ("vivo", "10072"),
        ("xiaomi", "10027"),
    ],
)
async def test_a_vendor_that_asks_for_less_is_heard(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave(
        {
            "vendor": vendor,
            "error": code,
            "retry_after": 7,
            "path": SEND.get(vendor),
        }
    )
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(20)])
    assert verdicts == {}
    assert isinstance(error, VendorThrottled)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "ServiceUnavailable"),
        ("fcm", "UNAVAILABLE"),
        ("huawei", "503"),
        ("harmony", "503"),
        ("honor", "flow_control"),
        ("meizu", "110010"),
        ("oppo", "55"),
        ("vivo", "10072"),
        ("webpush", "503"),
        ("xiaomi", "10027"),
    ],
)
async def test_a_vendor_may_name_an_instant_to_come_back_at(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    at = datetime.now(UTC) + timedelta(hours=30)
    sandbox.misbehave({"vendor": vendor, "error": code, "retry_at": at.isoformat(), "path": SEND.get(vendor)})
    verdicts, error = await sent(adapters[vendor], addressed(sandbox, vendor, [token(n) for n in range(5)]))
    asked = error.retry_after if error else verdicts[0].retry_after
    assert asked is not None
    assert abs(asked - timedelta(hours=30).total_seconds()) < 60


@pytest.mark.parametrize(
    ("push_type", "outcome"),
    [("alert", Outcome.INVALID), ("background", Outcome.INVALID), ("voip", Outcome.REJECTED)],
)
async def test_token_for_another_push_type_is_kept(
    push_type: str, outcome: Outcome, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave(refused={"apns": {token(1): "DeviceTokenNotForTopic"}})
    verdicts, error = await sent(adapters["apns"], [token(1)], push(apns={"push_type": push_type}))
    assert (verdicts[0].outcome, error) == (outcome, None)


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "ServiceUnavailable"),
        ("fcm", "UNAVAILABLE"),
        ("huawei", "81000001"),
        ("harmony", "81000001"),
        ("honor", "500"),
        ("meizu", "1001"),
        ("oppo", "-1"),
        ("vivo", "10102"),
        ("xiaomi", "10001"),
    ],
)
async def test_a_vendor_in_trouble_accepted_nothing(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SEND.get(vendor)})
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(20)])
    assert verdicts == {}
    assert isinstance(error, VendorUnavailable)


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "TopicDisallowed"),
        ("fcm", "PERMISSION_DENIED"),
        ("huawei", "80300002"),
        ("harmony", "80300037"),
        ("meizu", "110033"),
        ("oppo", "28"),
        ("vivo", "10045"),
        ("xiaomi", "21301"),
    ],
)
async def test_a_vendor_that_refuses_us_says_nothing_of_the_tokens(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SEND.get(vendor)})
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(20)])
    assert verdicts == {}
    assert isinstance(error, VendorAuthError)


async def test_one_failing_token_among_many_does_not_stop_the_others(
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


@pytest.mark.parametrize("vendor", ["fcm", "honor", "huawei", "oppo", "vivo"])
async def test_an_access_token_that_expired_is_replaced_and_nothing_is_lost(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await sent(adapters[vendor], [token(0)])
    sandbox.misbehave(expire_credentials=[vendor])
    verdicts, error = await sent(adapters[vendor], [token(n) for n in range(1, 40)])
    assert error is None
    assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
    grants = [r for r in sandbox.received(vendor=vendor) if not r["tokens"] and r["code"] == "granted"]
    assert len(grants) == 2


async def test_an_expired_provider_token_is_replaced(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    sandbox.misbehave({"vendor": "apns", "error": "ExpiredProviderToken", "times": 1})
    verdicts, error = await sent(adapters["apns"], [token(1)])
    assert error is None
    assert verdicts[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        ("apns", "InvalidProviderToken"),
        ("fcm", "UNAUTHENTICATED"),
        ("huawei", "80200001"),
        ("harmony", "80200001"),
        ("honor", "access_token"),
        ("oppo", "11"),
        ("vivo", "10000"),
    ],
)
async def test_a_credential_that_stays_refused_is_an_operators_matter(
    vendor: str, code: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": vendor, "error": code, "path": SINGLE.get(vendor)})
    verdicts, error = await sent(adapters[vendor], [token(1)])
    assert verdicts == {}
    assert isinstance(error, VendorAuthError)
    assert sandbox.summary(vendor)["requests"] <= 4, "one more try, not many"


@pytest.mark.parametrize(
    "kind",
    [
        "alert",
        "background",
        "voip",
        "complication",
        "fileprovider",
        "location",
        "liveactivity",
        "pushtotalk",
        "widgets",
    ],
)
async def test_every_push_type_of_apns_is_taken(
    kind: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    more: dict[str, object] = {"push_type": kind}
    if kind == "liveactivity":
        more["live_activity"] = {"event": "update", "content_state": {"score": 2}}
    given = replace(push(), options=Options(ttl=timedelta(hours=1), vendors={"apns": more}))
    prepared = adapters["apns"].prepare(given, datetime.now(UTC))
    answers = [verdict async for _, verdict in prepared.send([token(1).encode()], lambda: True)]
    assert [verdict.outcome for verdict in answers] == [Outcome.ACCEPTED], answers


@pytest.mark.parametrize("hours", [-3, 3])
@pytest.mark.parametrize("vendor", ["apns", "fcm", "harmony", "oppo", "vivo"])
async def test_a_clock_that_is_hours_wrong_is_refused_and_once_right_all_goes_through(
    vendor: str, hours: int, sandbox: Sandbox
) -> None:
    """What it signs is too old, or of the future (docs/reference/vendors/index.md#credentials). No
    token is called dead for it.
    """
    clock = SetClock()
    right = clock.at
    clock.advance(hours * 3600)
    settings = parse({"apps": {"shop": sandbox.sections()}})
    opened = open_adapters(settings, clock, NoCredentialStore(), CallbackTokens(b""))
    verdicts, error = await sent(opened["shop", vendor], [token(1)])
    assert (verdicts, isinstance(error, VendorError)) == ({}, True)
    clock.at = right
    verdicts, error = await sent(opened["shop", vendor], [token(1)])
    assert error is None
    assert verdicts[0].outcome is Outcome.ACCEPTED
    for adapter in opened.values():
        await adapter.close()


async def test_fcm_refuses_a_condition_whose_parentheses_do_not_match(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    bad, good = "(('a' in topics) || 'b' in topics", "('a' in topics || 'b' in topics)"
    verdicts, error = await sent(adapters["fcm"], [bad, good])
    assert [verdicts[n].outcome for n in range(2)] == [Outcome.REJECTED, Outcome.ACCEPTED]
    assert error is None


async def test_fcm_takes_topics_and_conditions_among_tokens(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/fcm.md#options."""
    tokens = [token(1), "/topics/news", "'a' in topics && !('b' in topics)", token(2, dead=True)]
    verdicts, error = await sent(adapters["fcm"], tokens)
    assert error is None
    expected = [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.INVALID]
    assert [verdicts[n].outcome for n in range(4)] == expected
    bodies = [
        json.loads(str(item["body"]))["message"] for item in sandbox.received(vendor="fcm") if item["tokens"]
    ]
    assert {body.get("topic") or body.get("condition") for body in bodies} == {"news", tokens[2], None}


async def test_fcm_takes_installations_among_tokens(adapters: dict[str, Adapter], sandbox: Sandbox) -> None:
    """What a `fid:` stands before is the id of one installation, whatever its size a terminal like
    others. See docs/reference/vendors/fcm.md#tokens.
    """
    tokens = [token(1), "fid:cXyzcXyzcXyzcXyzcXyz12", "fid:gone_installation", f"{token(2)}fid:APA91b"]
    sandbox.misbehave(dead={"fcm": [tokens[2]]})
    given = replace(push(), content=Content("t", "b", None, {"k": "x" * 2500}))
    verdicts, error = await sent(adapters["fcm"], tokens, given)
    assert error is None
    assert [verdicts[n].outcome for n in range(4)] == [
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
        Outcome.INVALID,
        Outcome.ACCEPTED,
    ]
    targets = [
        json.loads(str(item["body"]))["message"] for item in sandbox.received(vendor="fcm") if item["tokens"]
    ]
    assert {item.get("fid") for item in targets} == {None, "cXyzcXyzcXyzcXyzcXyz12", "gone_installation"}
    assert {item.get("token") for item in targets} == {None, tokens[0], tokens[3]}


async def test_a_message_that_is_too_large_for_topics_goes_to_tokens_only(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    given = replace(push(), content=Content("t", "b", None, {"k": "x" * 2500}))
    prepared = adapters["fcm"].prepare(given, datetime.now(UTC))
    found: dict[int, Verdict] = {}
    async for indexes, verdict in prepared.send([token(1).encode(), b"/topics/news"], lambda: True):
        found.update(dict.fromkeys(indexes, verdict))
    assert [found[n].outcome for n in range(2)] == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert "2048" in found[1].reason


@pytest.mark.parametrize(
    ("data", "to_topic"), [({}, Outcome.ACCEPTED), ({"k": "x" * 2500}, Outcome.REJECTED)]
)
async def test_content_for_topics_is_cut_apart_from_that_for_terminals(
    adapters: dict[str, Adapter], sandbox: Sandbox, data: dict[str, str], to_topic: Outcome
) -> None:
    """2,048 bytes to a topic, 4,096 to a token. What does not fit to a topic still goes to
    terminals. See docs/reference/vendors/fcm.md#limits.
    """
    options = Options(ttl=timedelta(hours=1), on_too_long=TooLong.TRUNCATE)
    given = replace(push(), content=Content("t", "b" * 5000, None, data), options=options)
    many = vendors()["fcm"].topic_pattern
    prepared = prepare(adapters["fcm"], given, datetime.now(UTC), many)
    found: dict[int, Verdict] = {}
    targets = [b"/topics/news", token(1).encode(), b"'a' in topics", b"fid:cXyzcXyzcXyzcXyzcXyz12"]
    async for indexes, verdict in prepared.send(targets, lambda: True):
        found.update(dict.fromkeys(indexes, verdict))
    outcomes = [to_topic, Outcome.ACCEPTED, to_topic, Outcome.ACCEPTED]
    assert [found[n].outcome for n in range(4)] == outcomes
    for item in sandbox.received(vendor="fcm"):
        if item["tokens"]:
            message = json.loads(str(item["body"]))["message"]
            most = 2048 if {"topic", "condition"} & message.keys() else 4096
            rest = {name: part for name, part in message.items() if name not in TARGETS}
            size = len(json.dumps(rest, separators=(",", ":"), ensure_ascii=False).encode())
            assert most - 3 <= size <= most, "no more is cut than has to be"


@pytest.mark.parametrize(
    ("length", "to_topic"), [(1500, Outcome.ACCEPTED), (1750, Outcome.ACCEPTED), (1900, Outcome.REJECTED)]
)
async def test_topic_takes_what_fits_without_the_names_for_other_platforms(
    adapters: dict[str, Adapter], length: int, to_topic: Outcome
) -> None:
    given = replace(push(), content=Content("t", "b" * length))
    prepared = prepare(adapters["fcm"], given, datetime.now(UTC), vendors()["fcm"].topic_pattern)
    found: dict[int, Verdict] = {}
    async for indexes, verdict in prepared.send([b"/topics/news", token(1).encode()], lambda: True):
        found.update(dict.fromkeys(indexes, verdict))
    assert [found[n].outcome for n in range(2)] == [to_topic, Outcome.ACCEPTED]


async def test_oppos_terminals_abroad_go_to_a_host_of_their_own(sandbox: Sandbox) -> None:
    """See docs/reference/vendors/oppo.md#requests. Trouble with one host takes nothing from the
    terminals of the other.
    """
    section = {**sandbox.sections()["oppo"], "overseas_endpoint": "https://127.0.0.1:1"}
    adapter = open_adapters(
        parse({"apps": {"shop": {"oppo": section}}}), SystemClock(), NoCredentialStore(), CallbackTokens(b"")
    )["shop", "oppo"]
    verdicts, error = await sent(adapter, ["OPPO_US_abc", "OPPO_CN_abc", token(1)])
    await adapter.close()
    assert {index: verdict.outcome for index, verdict in verdicts.items()} == {
        1: Outcome.ACCEPTED,
        2: Outcome.ACCEPTED,
    }
    assert isinstance(error, VendorUnavailable)


async def test_fcm_is_not_asked_again_before_ten_seconds_are_over(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/fcm.md#codes."""
    sandbox.misbehave({"vendor": "fcm", "drop": "after", "path": "send"})
    verdicts, _ = await sent(adapters["fcm"], [token(1)])
    assert (verdicts[0].outcome, verdicts[0].retry_after) == (Outcome.UNKNOWN, 10.0)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_lost_connection_leaves_an_unknown_outcome_and_the_next_push_goes_through(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    tokens = addressed(sandbox, vendor, [token(n) for n in range(3)])
    await sent(adapters[vendor], tokens[:1])
    sandbox.misbehave({"vendor": vendor, "drop": "after", "times": 1})
    verdicts, error = await sent(adapters[vendor], tokens[1:2])
    assert error is None
    assert verdicts[0].outcome is Outcome.UNKNOWN
    assert sandbox.summary(vendor)["accepted"] == 2, "it was taken though nobody answered"
    again, error = await sent(adapters[vendor], tokens[2:])
    assert error is None
    assert again[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("vendor", ["harmony", "honor", "huawei", "meizu", "oppo", "vivo", "xiaomi"])
async def test_an_answer_that_makes_no_sense_makes_nobody_dead(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await sent(adapters[vendor], [token(0)])
    sandbox.misbehave({"vendor": vendor, "raw": "<html>It works!</html>", "times": 1})
    verdicts, _ = await sent(adapters[vendor], [token(1), token(2)])
    assert Outcome.INVALID not in {verdict.outcome for verdict in verdicts.values()}


async def test_a_graceful_restart_of_the_vendor_loses_nothing_that_was_answered(
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


async def test_a_credential_that_ends_in_the_middle_of_many_pushes_is_renewed_and_none_is_lost(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    for vendor in ("fcm", "huawei"):
        await sent(adapters[vendor], [token(0)])
        sandbox.misbehave(expire_credentials=[vendor])
        verdicts, error = await sent(adapters[vendor], [token(n) for n in range(1, 1501)])
        assert error is None
        assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.ACCEPTED}
        assert len(verdicts) == 1500
        assert sandbox.summary(vendor)["duplicates"] == 0


async def test_a_send_that_is_told_to_stop_ends_what_is_in_flight_and_sends_no_more(
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
async def test_closing_early_leaves_the_adapter_fit_for_the_next_push(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """A client that keeps the streams of cancelled requests would soon have none left for anybody."""
    tokens = addressed(sandbox, vendor, [token(n) for n in range(300)])
    for _ in range(5):
        prepared = adapters[vendor].prepare(push(), datetime.now(UTC))
        flight = prepared.send([item.encode() for item in tokens], lambda: True)
        await anext(flight)
        await flight.aclose()  # type: ignore[attr-defined]  # an async generator has it
    verdicts, error = await sent(adapters[vendor], tokens)
    assert error is None
    assert len(verdicts) == 300


async def test_what_asks_for_a_credential_is_shown_without_its_secret(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    sandbox.misbehave(expire_credentials=["huawei", "honor"])
    for vendor in ("huawei", "honor", "oppo", "vivo"):
        await sent(adapters[vendor], [token(1)])
    shown = json.dumps(sandbox.received())
    assert '"body": "..."' in shown
    assert Huawei(sandbox.context).app_secret not in shown
    assert Honor(sandbox.context).client_secret not in shown
    for item in sandbox.received():
        if item["vendor"] == "oppo" and item["tokens"]:
            assert str(item["body"]).startswith("auth_token=...&messages=")
        if item["vendor"] == "vivo" and item["tokens"]:
            assert item["headers"]["authtoken"] == "..."  # type: ignore[index]  # JSON


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_vendor_that_cannot_be_reached_accepted_nothing(vendor: str, sandbox: Sandbox) -> None:
    nowhere_at = "https://127.0.0.1:1"
    tokens = [
        item.replace(sandbox.credentials.base_url, nowhere_at)
        for item in addressed(sandbox, vendor, [token(1)])
    ]
    nowhere = json.loads(json.dumps(sandbox.sections()).replace(sandbox.credentials.base_url, nowhere_at))
    if vendor == "webpush":
        nowhere[vendor]["hosts"] = [nowhere_at.removeprefix("https://")]
    adapter = open_adapters(
        parse({"apps": {"shop": {vendor: nowhere[vendor]}}}),
        SystemClock(),
        NoCredentialStore(),
        CallbackTokens(b""),
    )[("shop", vendor)]
    verdicts, error = await sent(adapter, tokens)
    await adapter.close()
    assert_put_off(vendor, verdicts, error)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_certificate_of_an_unknown_ca_is_refused(vendor: str, sandbox: Sandbox) -> None:
    sections = sandbox.sections()
    trusting_the_system = {key: value for key, value in sections[vendor].items() if key != "ca_file"}
    tokens = addressed(sandbox, vendor, [token(1)])
    adapter = open_adapters(
        parse({"apps": {"shop": {vendor: trusting_the_system}}}),
        SystemClock(),
        NoCredentialStore(),
        CallbackTokens(b""),
    )[("shop", vendor)]
    verdicts, error = await sent(adapter, tokens)
    await adapter.close()
    assert_put_off(vendor, verdicts, error)
    assert sandbox.summary(vendor)["pushes"] == 0


@pytest.mark.parametrize("vendor", ["apns", "fcm", "harmony", "honor", "huawei", "oppo", "vivo"])
async def test_credentials_can_be_tried_without_a_push(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    await adapters[vendor].check()
    assert sandbox.summary(vendor)["pushes"] == 0


async def test_wrong_credentials_are_found_by_trying(sandbox: Sandbox) -> None:
    sections = sandbox.sections()
    wrong = {**sections["huawei"], "app_secret": "wrong"}
    adapter = open_adapters(
        parse({"apps": {"shop": {"huawei": wrong}}}), SystemClock(), NoCredentialStore(), CallbackTokens(b"")
    )[("shop", "huawei")]
    with pytest.raises(VendorAuthError) as caught:
        await adapter.check()
    await adapter.close()
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("with_account", [True, False])
async def test_huawei_is_called_by_v2_with_a_service_account_or_a_project(
    with_account: bool, sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/huawei.md#credentials."""
    account = ServiceAccount(sandbox.credentials)
    section = {**sandbox.sections()["huawei"], "project_id": account.project_id}
    if with_account:
        section = {key: value for key, value in section.items() if key not in ("app_secret", "project_id")}
        section["service_account_file"] = str(account.file)
    adapter = open_adapters(
        parse({"apps": {"shop": {"huawei": section}}}),
        SystemClock(),
        NoCredentialStore(),
        CallbackTokens(b""),
    )["shop", "huawei"]
    verdicts, error = await sent(adapter, [token(1), token(2, dead=True)])
    await adapter.close()
    assert error is None
    assert [verdicts[n].outcome for n in range(2)] == [Outcome.ACCEPTED, Outcome.INVALID]
    paths = {str(item["path"]) for item in sandbox.received(vendor="huawei", token=token(1))}
    assert paths == {f"/v2/{account.project_id}/messages:send"}


def test_all_vendors_are_found() -> None:
    assert set(VENDORS) == set(vendors())
    assert vendors()["apns"] is apns.VENDOR
    assert vendors()["fcm"] is fcm.VENDOR
    assert vendors()["huawei"] is huawei.VENDOR


def test_what_vendors_are_said_to_have_their_adapters_do(adapters: dict[str, Adapter]) -> None:
    for name, adapter in adapters.items():
        features = vendors()[name].features
        assert isinstance(adapter, SupportsRecall) == (Feature.RECALL in features), name
        assert adapter.supports_dry_run == (Feature.DRY_RUN in features), name
        assert (adapter.receipt_parser is not None) == bool(vendors()[name].receipt_events), name


async def test_meizu_is_followed_to_another_server_of_its_own_once(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/meizu.md#codes."""
    adapter, elsewhere = adapters["meizu"], sandbox.credentials.base_url + "/garcia/elsewhere"
    pointing = {"code": "300", "message": "", "value": "", "redirect": elsewhere}
    sandbox.misbehave({"vendor": "meizu", "raw": json.dumps(pointing), "times": 1})
    _, error = await sent(adapter, [token(1)])
    assert isinstance(error, VendorUnavailable), "nothing was sent"
    sandbox.misbehave(
        {"vendor": "meizu", "raw": json.dumps({**pointing, "redirect": elsewhere + "/on"}), "times": 1}
    )
    await sent(adapter, [token(1)])
    await sent(adapter, [token(1)])
    paths = [item["path"] for item in sandbox.received(vendor="meizu")]
    assert paths == [
        "/garcia/api/server/push/varnished/pushByPushId",
        "/garcia/elsewhere",
        "/garcia/elsewhere",
    ]


async def test_all_processes_and_apps_of_a_team_share_one_provider_token(
    redis: Redis, sandbox: Sandbox
) -> None:
    """APNs wants the same one from every worker, and after a restart. See
    docs/reference/vendors/apns.md#credentials.
    """
    section = sandbox.sections()["apns"]
    settings = parse({"apps": {"shop": {"apns": section}, "news": {"apns": section}}})
    tokens: set[object] = set()
    for _ in range(2):
        store = SharedCredentials(redis, SystemClock())
        opened = open_adapters(settings, SystemClock(), store, CallbackTokens(b""))
        for adapter in opened.values():
            verdicts, error = await sent(adapter, [token(1)])
            assert (error, verdicts[0].outcome) == (None, Outcome.ACCEPTED)
            await adapter.close()
        kept = {key: await redis.get(key) async for key in redis.scan_iter("{q}:credential:apns:*")}
        assert len(kept) == 1
        tokens |= set(kept.values())
    assert len(tokens) == 1
