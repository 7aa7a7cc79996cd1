"""A person with a long life in an app, whose every name is distinctive, and a search for traces of
these names in all that a server keeps.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.api.devices import bearer, registration_token
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.api.times import format_instant
from pushgate.bundles.bodies import decode
from pushgate.bundles.body_format import SegmentForm
from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByToken, ByUser, Everyone
from pushgate.domain.message import Content
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.terminals.registry import DeadToken
from pushgate.terminals.tokens import digest

APP = App("shop")
USER = "mira.quill/ö"
PATH = "/v1/users/mira.quill%2F%C3%B6"
TERMINALS = ("quill-phone-71", "quill-tablet-72")
TOKENS = ("71beef" + "0" * 58, "72beef" + "0" * 58)
FCM_TOKEN = "quill-fcm:APA91bTwoYearsAgo"
LONG_VALUE = "quill-street " * 8
ATTRIBUTES = {"mail": "quill@example.org", "street": LONG_VALUE.strip()}
OF_USER = {"nickname": "quillomat"}
PRIVATE = "Dear Quillfriend"
"""Content of messages to the person alone."""
NEEDLES: Mapping[str, bytes] = {
    "user": USER.encode(),
    **{one: one.encode() for one in (*TERMINALS, *TOKENS, FCM_TOKEN, PRIVATE)},
    **{f"digest of {one}": digest(one) for one in (*TOKENS, FCM_TOKEN)},
    **{name: str(value).encode() for name, value in (ATTRIBUTES | OF_USER).items()},
    "hash of street": sha1(f"s:{ATTRIBUTES['street']}".encode(), usedforsecurity=False).hexdigest().encode(),
}
"""All that names the person, as it may be stored."""
GIVEN_UP = {TOKENS[0], f"digest of {TOKENS[0]}"}
"""What the registry forgot already, when the terminal went to another vendor."""
_OTHERS = [f"other-{number}" for number in range(100)]


async def live(clients: ApiClients, redis: Redis, clock: SetClock) -> None:
    """Register the person and others, move the person's terminals, send all kinds of messages; all
    while somebody reads events.
    """
    await clients.context.stores.event_log.subscribe(APP, "reader")
    await _register(clients)
    await _name_in_requests(clients, clock)
    await _send_small(redis, clock)
    await _send_large(redis, clock)
    await _write_drafts(clients)
    await _write_schedules(clients)
    await _mark(clients)
    await _register_device(clients)


async def _put(client_path: str, clients: ApiClients, **body: object) -> None:
    answer = await clients.shop.put(client_path, json=body)
    assert answer.is_success, answer.text


async def _register(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        APP, [Terminal(one, "apns", f"token-{one}", "en", user="bob") for one in _OTHERS]
    )
    about: dict[str, Any] = {"user": USER, "tags": ["vip"], "attributes": ATTRIBUTES}
    for language in ("en", "de", "ja"):
        for terminal, token in zip(TERMINALS, TOKENS, strict=True):
            path = f"/v1/terminals/{terminal}"
            await _put(path, clients, vendor="apns", token=token, language=language, **about)
    path = f"/v1/terminals/{TERMINALS[0]}"
    await _put(path, clients, vendor="fcm", token=FCM_TOKEN, **about)
    assert (await clients.shop.patch(PATH, json={"attributes": OF_USER})).is_success
    # Forgotten and registered again: the slot that was left keeps the id.
    path = f"/v1/terminals/{TERMINALS[1]}"
    assert (await clients.shop.delete(path)).is_success
    await _put(path, clients, vendor="apns", token=TOKENS[1], language="en", **about)


async def _name_in_requests(clients: ApiClients, clock: SetClock) -> None:
    """Messages that are scheduled, changed and cancelled, with keys; and saved audiences."""
    for name, audience in (
        ("hers", {"any_of": [{"users": [USER]}, {"not": {"terminals": [TERMINALS[0], "other-1"]}}]}),
        ("all", {"users": [USER, "bob"]}),
    ):
        await _put(f"/v1/audiences/{name}", clients, audience=audience)
    later = format_instant(clock.now() + timedelta(days=1))
    private = {"en": {"title": PRIVATE, "body": "B", "data": {"to": PRIVATE}}}
    audiences: list[dict[str, Any]] = [
        {"users": [USER]},
        {"terminals": list(TERMINALS)},
        {"tokens": [{"vendor": "apns", "token": TOKENS[1]}]},
        {"all_of": [{"tag": "vip"}, {"users": [USER]}]},
    ]
    for number, audience in enumerate(audiences):
        body = {"audience": audience, "content": private, "push_time": later}
        for step in range(3):
            key = {"Idempotency-Key": f"key-{number}-{step}"}
            answer = await clients.shop.post("/v1/messages", json=body, headers=key)
            assert answer.status_code == 202, answer.text
            path = f"/v1/messages/{answer.json()['id']}"
            if step:
                changed = await clients.shop.patch(
                    path,
                    json={"push_time": format_instant(clock.now() + timedelta(days=2))},
                    headers={"Idempotency-Key": f"change-{number}-{step}"},
                )
                assert changed.is_success, changed.text
            if step == 2:
                cancelled = await clients.shop.post(
                    f"{path}/cancel", headers={"Idempotency-Key": f"cancel-{number}"}
                )
                assert cancelled.is_success, cancelled.text


async def _send_small(redis: Redis, clock: SetClock) -> None:
    small = ExplainedWorld(redis, clock, large=False, app=APP)
    content = {"en": Content(PRIVATE, "body")}
    tokens = ByToken((InlineToken("apns", TOKENS[1], "en"), InlineToken("apns", "other-token", "en")))
    for audience in (ByUser((USER,)), ByTerminal(TERMINALS), ByTerminal((*TERMINALS, "other-2"))):
        private = content if len(getattr(audience, "terminals", ())) < 3 else {"en": Content("T", "B")}
        message_id = await small.store(audience, content=private)
        await small.plan()
        await small.record(message_id, Verb.ACCEPTED)
        await small.report(ReceiptKind.CLICKED, message_id, TERMINALS[1])
    await small.send(tokens)


async def _send_large(redis: Redis, clock: SetClock) -> None:
    large = ExplainedWorld(redis, clock, large=True, app=APP)
    tokens = [InlineToken("apns", f"t{number}", "en") for number in range(99)]
    for audience in (
        Everyone(),
        ByTerminal((*_OTHERS, *TERMINALS)),
        ByUser((USER, *_OTHERS)),
        ByToken((*tokens, InlineToken("apns", TOKENS[1], "en"))),
    ):
        await large.send(audience)


async def _write_drafts(clients: ApiClients) -> None:
    private = {"en": {"title": PRIVATE, "data": {"to": USER}}}
    for number, draft in enumerate(
        (
            {"content": private, "audience": {"users": [USER]}},
            {"content": private, "audience": {"any_of": [{"terminals": list(TERMINALS)}]}},
            {"audience": {"tokens": [{"vendor": "apns", "token": TOKENS[1].upper()}]}},
            {"content": {"en": {"data": {"to": USER}}}, "audience": {"users": [USER, "bob"]}},
        )
    ):
        key = {"Idempotency-Key": f"draft-{number}"}
        answer = await clients.shop.post("/v1/drafts", json=draft, headers=key)
        assert answer.status_code == 201, answer.text


async def _write_schedules(clients: ApiClients) -> None:
    private = {"en": {"title": PRIVATE, "body": "b"}}
    content = {"en": {"title": "t", "body": "b", "data": {"to": USER}}}
    for number, message in enumerate(
        (
            {"content": private, "audience": {"users": [USER]}},
            {"content": content, "audience": {"users": [USER, "bob"]}},
            {"content": content, "audience": {"any_of": [{"terminals": list(TERMINALS)}, {"tag": "vip"}]}},
        )
    ):
        schedule = {"cron": "0 9 * * *", "message": message}
        await _put(f"/v1/schedules/s{number}", clients, **schedule)


async def _mark(clients: ApiClients) -> None:
    """Mark a terminal for tests, and hold the removal of the terminals."""
    await _put(f"/v1/test-terminals/{TERMINALS[1]}", clients, name="a phone")
    dead = [DeadToken(TOKENS[1]), DeadToken("token-other-1")]
    await clients.context.stores.held_removals.hold(APP, "apns", dead)


async def _register_device(clients: ApiClients) -> None:
    """A terminal registers itself, and another token of the person is not used."""
    for _ in range(2):
        token = await registration_token(clients.shop, user=USER)
    await registration_token(clients.shop, terminal=TERMINALS[0])
    answer = await clients.anyone.put(
        f"/v1/devices/{TERMINALS[1]}",
        json={"vendor": "apns", "token": TOKENS[1], "language": "en"},
        headers=bearer(token),
    )
    assert answer.status_code == 200, answer.text


async def find_traces(redis: Redis, needles: Mapping[str, bytes] = NEEDLES) -> set[str]:
    """The names of which a trace is in a key or a value, read key by key, bodies unpacked."""
    found: set[str] = set()
    async for text in _stored(redis):
        found |= {name for name, needle in needles.items() if needle in text}
    return found


def find_traces_in_files(folder: Path, needles: Mapping[str, bytes] = NEEDLES) -> set[str]:
    """The names of which a trace is in a file of a server's folder."""
    found: set[str] = set()
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            found |= {name for name, needle in needles.items() if needle in text}
    return found


async def _stored(redis: Redis) -> AsyncIterator[bytes]:
    """Each key, each part of its value, the bodies of small messages as they are meant, and the
    value as the server dumps it.
    """
    async for key in cast("AsyncIterator[bytes]", redis.scan_iter(count=1000)):
        yield key
        values: list[Any]
        match await redis.type(key):
            case b"hash":
                values = [part for pair in (await redis.hgetall(key)).items() for part in pair]
            case b"list":
                values = await redis.lrange(key, 0, -1)
            case b"set":
                values = list(await redis.smembers(key))
            case b"zset":
                values = list(await redis.zrange(key, 0, -1))
            case b"stream":
                entries = cast("list[Any]", await redis.xrange(key))
                values = [part for _, fields in entries for pair in fields.items() for part in pair]
            case b"string":
                values = [await redis.get(key)]
            case other:
                raise AssertionError(f"{other!r} is no type of keys")
        for value in cast("list[bytes]", values):
            yield value
            if b":c:" in key and len(value) > 3:
                yield str(_segment(value)).encode()
        yield cast("bytes", await redis.dump(key))


def _segment(raw: bytes) -> SegmentForm:
    return decode(raw).segment
