"""A message survives the queue unchanged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pushgate.domain.audience import (
    Audience,
    AudienceKind,
    AudienceSummary,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
)
from pushgate.domain.canary import Canary, Limits
from pushgate.domain.experiment import Split, Winner
from pushgate.domain.family import Family
from pushgate.domain.local_time import LocalTime
from pushgate.domain.message import (
    Category,
    Content,
    Delivery,
    Envelope,
    InQuietHours,
    Message,
    OnMissing,
    Options,
    Personal,
    Priority,
)
from pushgate.domain.terminal import InlineToken
from pushgate.messages.codec import ITEMS_PER_PIECE, decode, decode_envelope, encode, piece, split

texts = st.text(max_size=30)
ids = st.lists(texts, min_size=1, max_size=5).map(tuple)
audiences: st.SearchStrategy[Audience] = st.one_of(
    st.just(Everyone()),
    st.builds(ByTerminal, ids),
    st.builds(ByUser, ids),
    st.builds(
        ByToken, st.lists(st.builds(InlineToken, texts, texts, texts), min_size=1, max_size=3).map(tuple)
    ),
)
contents = st.builds(Content, texts, texts, st.none() | texts, st.dictionaries(texts, texts, max_size=3))
_values = st.dictionaries(texts, texts | st.integers(-(2**53), 2**53) | st.booleans(), max_size=3)
personals = st.builds(
    Personal,
    on_missing=st.sampled_from(OnMissing),
    fallback=st.dictionaries(texts, contents, max_size=2),
    values=_values,
    user_values=st.dictionaries(texts, _values, max_size=3),
)
extras = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # hypothesis wants naive bounds
canaries = st.builds(
    Canary,
    share=st.floats(0.1, 50),
    wait=st.integers(1, 86400).map(lambda seconds: timedelta(seconds=seconds)),
    hold_if=st.builds(Limits, rejected=st.none() | st.floats(0.1, 99), clicks_below=st.none() | st.just(1.0)),
)
messages = st.builds(
    Message,
    id=texts,
    app=texts,
    content=st.dictionaries(texts, contents, min_size=1, max_size=3),
    default_language=texts,
    push_at=instants,
    created_at=instants,
    audience=st.builds(
        AudienceSummary,
        st.sampled_from(AudienceKind),
        st.integers(0, 10**6),
        st.lists(texts, max_size=2).map(tuple),
        st.lists(texts, max_size=2).map(tuple),
    ),
    personal=st.none() | personals,
    options=st.builds(
        Options,
        ttl=st.integers(0, 28 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
        priority=st.sampled_from(Priority),
        delivery=st.sampled_from(Delivery),
        collapse_key=st.none() | texts,
        category=st.none() | st.sampled_from(Category),
        canary=st.none() | canaries,
        vendors=st.dictionaries(texts, st.dictionaries(texts, extras, max_size=3), max_size=2),
    ),
)


@given(messages)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert decode(encode(message)) == message
    assert decode_envelope(encode(message.envelope)) == message.envelope


@given(messages)
def test_a_process_that_knows_variants_alone_cannot_read_a_rest(message: Message) -> None:
    split = Split(("a", "b"), (5, 5), winner=Winner(timedelta(hours=2)))
    waiting = structs.replace(message, split=split, variants=(message.content, message.content))
    assert decode(encode(waiting)) == waiting
    assert decode_envelope(encode(waiting.envelope)) == waiting.envelope
    for raw in (encode(waiting), encode(waiting.envelope)):
        # Such a process takes one list away.
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(raw[1:-1], type=Envelope)


@given(messages, messages)
def test_a_change_keeps_what_a_later_version_has_written(before: Message, message: Message) -> None:
    later = {"later": {"a": [1]}}
    stored = _fields(encode(before))
    stored |= later
    stored["options"] |= later
    stored["audience"] |= later
    raw = encode(message, msgspec.json.encode([stored]))
    assert decode(raw) == message
    changed = _fields(raw)
    assert changed["later"] == changed["options"]["later"] == later["later"]
    assert ("later" in changed["audience"]) == (message.audience == before.audience)
    envelope = _fields(encode(before.envelope)) | later
    raw = encode(message.envelope, msgspec.json.encode(envelope))
    assert decode_envelope(raw) == message.envelope
    assert _fields(raw)["later"] == later["later"]


@given(messages, st.permutations([1, True, 1.0]))
def test_a_change_between_values_that_python_calls_equal_is_stored(
    message: Message, values: list[bool | float]
) -> None:
    """1, true and 1.0 are filled in, and sent to a vendor, each as another text."""
    before, after = (
        structs.replace(
            message,
            personal=Personal(values={"n": value}),
            options=replace(message.options, vendors={"fcm": {"n": value}}),
        )
        for value in values[:2]
    )
    found = decode(encode(after, encode(before)))
    assert found.personal
    assert repr(found.personal.values["n"]) == repr(values[1])
    assert repr(found.options.vendors) == repr(after.options.vendors)


def _fields(raw: bytes) -> dict[str, Any]:
    """The fields of a stored message, which may be wrapped."""
    return cast("dict[str, Any]", msgspec.json.decode(raw.lstrip(b"[").rstrip(b"]")))


def items(audience: Audience) -> list[str | InlineToken]:
    match audience:
        case ByTerminal(listed) | ByUser(listed):
            return list(listed)
        case ByToken(addresses):
            return list(addresses)
    return []


def identity(item: str | InlineToken) -> object:
    return (item.vendor, item.token) if isinstance(item, InlineToken) else item


@given(audiences)
def test_an_audience_comes_back_in_pieces_each_item_once(audience: Audience) -> None:
    kind, pieces = split(audience)
    found = [identity(item) for raw in pieces for item in items(piece(kind, raw))]
    assert found == list(dict.fromkeys(map(identity, items(audience))))


def test_no_piece_holds_more_than_its_bound() -> None:
    kind, pieces = split(ByUser(tuple(f"u{n}" for n in range(2 * ITEMS_PER_PIECE + 1))))
    assert [len(items(piece(kind, raw))) for raw in pieces] == [ITEMS_PER_PIECE, ITEMS_PER_PIECE, 1]


@given(messages)
def test_a_process_that_fills_no_placeholders_finds_no_content_with_any(message: Message) -> None:
    fields = msgspec.json.decode(encode(structs.replace(message, options=Options())))
    assert ("content" in fields) == (message.personal is None)


@given(messages, instants)
def test_a_process_that_knows_no_local_times_cannot_read_a_message_to_one(
    message: Message, at: datetime
) -> None:
    local_time = LocalTime(local=at.replace(tzinfo=None), default_zone="UTC", since=at)
    family = structs.replace(message, family=Family(local_time, at))
    for one, before in ((family, dict[str, object]), (family.envelope, dict[str, object])):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(encode(one), type=before)
    assert decode(encode(family)) == family
    assert decode_envelope(encode(family.envelope)) == family.envelope


@given(messages, canaries)
def test_a_process_that_knows_no_canaries_cannot_read_a_message_with_one(
    message: Message, canary: Canary
) -> None:
    found = structs.replace(message, options=replace(message.options, canary=canary))
    for one in (found, found.envelope):
        raw = encode(one)
        for known in (raw, raw[1:-1]):  # as processes read that know nothing wrapped, or one list
            with pytest.raises(msgspec.ValidationError):
                msgspec.json.decode(known, type=dict[str, object])
    assert decode(encode(found)) == found
    assert decode_envelope(encode(found.envelope)) == found.envelope


@given(messages)
def test_a_process_that_knows_no_held_pushes_cannot_read_a_message_with_some(message: Message) -> None:
    held = structs.replace(message, options=replace(message.options, quiet_hours=InQuietHours.HOLD))
    for one in (held, held.envelope):
        with pytest.raises(msgspec.ValidationError):  # it unwraps what is in one list
            msgspec.json.decode(encode(one)[1:-1], type=dict[str, object])
    assert decode(encode(held)) == held
    assert decode_envelope(encode(held.envelope)) == held.envelope
