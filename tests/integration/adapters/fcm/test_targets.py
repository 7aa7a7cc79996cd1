"""FCM's topics, conditions and installations among tokens."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.support.adapters.sending import push, sent, token
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Verdict
from pushgate.adapters.preparation import prepare
from pushgate.adapters.registry import vendors
from pushgate.domain.message import Content, Options, TooLong
from pushgate.domain.outcome import Outcome

TARGETS = {"token", "fid", "topic", "condition"}


async def test_a_condition_with_unbalanced_parentheses_is_rejected(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    bad, good = "(('a' in topics) || 'b' in topics", "('a' in topics || 'b' in topics)"
    verdicts, error = await sent(adapters["fcm"], [bad, good])
    assert [verdicts[n].outcome for n in range(2)] == [Outcome.REJECTED, Outcome.ACCEPTED]
    assert error is None


async def test_topics_and_conditions_are_accepted_among_tokens(
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


async def test_installations_are_accepted_among_tokens(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
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


async def test_a_message_too_large_for_topics_goes_to_tokens_only(
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
async def test_content_for_topics_is_cut_separately(
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
async def test_collapse_names_of_other_platforms_are_left_out_where_a_topic_has_no_room(
    adapters: dict[str, Adapter], length: int, to_topic: Outcome
) -> None:
    given = replace(push(), content=Content("t", "b" * length))
    prepared = prepare(adapters["fcm"], given, datetime.now(UTC), vendors()["fcm"].topic_pattern)
    found: dict[int, Verdict] = {}
    async for indexes, verdict in prepared.send([b"/topics/news", token(1).encode()], lambda: True):
        found.update(dict.fromkeys(indexes, verdict))
    assert [found[n].outcome for n in range(2)] == [to_topic, Outcome.ACCEPTED]


async def test_an_unanswered_push_is_repeated_after_ten_seconds(
    adapters: dict[str, Adapter], sandbox: Sandbox
) -> None:
    """See docs/reference/vendors/fcm.md#codes."""
    sandbox.misbehave({"vendor": "fcm", "drop": "after", "path": "send"})
    verdicts, _ = await sent(adapters["fcm"], [token(1)])
    assert (verdicts[0].outcome, verdicts[0].retry_after) == (Outcome.UNKNOWN, 10.0)
