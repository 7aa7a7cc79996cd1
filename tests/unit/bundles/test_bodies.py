"""Personal messages come back from their segment as they were, beside others."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest
from msgspec import structs
from tests.support.bundles import small

from pushgate.bundles.bodies import SmallMessage, decode, encode, encode_change, encode_erased
from pushgate.bundles.body_format import ContentForm, SegmentForm
from pushgate.bundles.segment_bytes import pack, unpack
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Content, InQuietHours, OnMissing, Options, Personal

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PERSONAL = Personal(
    on_missing=OnMissing.FALLBACK,
    fallback={"en": Content("Hi", "b")},
    values={"city": "Rome", "count": 3, "ready": True, "share": 0.5},
    user_values={"ann": {"city": "Oslo"}},
)


def personal() -> SmallMessage:
    plain = small(push_at=NOW)
    content = {"en": Content("Hi {{ name }}", "b", data={"k": "{{ values.city }}"})}
    return replace(plain, message=structs.replace(plain.message, content=content, personal=PERSONAL))


def test_a_personal_message_comes_back_as_it_went() -> None:
    given = [small(push_at=NOW), personal()]
    bodies = decode(encode(given, to_ms(NOW), to_ms(NOW)))
    assert bodies.personal(0) is None
    assert bodies.personal(1) == PERSONAL
    assert bodies.languages(1) == ("en", "en")
    assert bodies.content(1, "en").title == "Hi {{ name }}"
    read = bodies.message(1, "id", "shop").message
    assert (read.content, read.personal) == (given[1].message.content, PERSONAL)


def test_a_process_that_fills_no_placeholders_finds_no_content() -> None:
    raw = encode([personal()], to_ms(NOW), to_ms(NOW))
    (body,) = msgspec.msgpack.decode(raw[1:], type=SegmentForm).bodies
    assert body.content == {}


def test_a_message_that_an_earlier_version_wrote_back_has_no_content() -> None:
    """That version knows no personal messages: what it reads and writes has neither content."""
    emptied = personal()
    emptied = replace(emptied, message=structs.replace(emptied.message, content={}, personal=None))
    bodies = decode(encode([small(push_at=NOW), emptied], to_ms(NOW), to_ms(NOW)))
    assert [bodies.has_content(index) for index in range(3)] == [True, False, False]


@pytest.mark.parametrize(("value", "changed"), list(itertools.permutations([1, True, 1.0], 2)))
def test_a_change_between_values_that_python_calls_equal_is_stored(value: float, changed: float) -> None:
    """1, true and 1.0 are filled in, and sent to a vendor, each as another text."""
    before, after = (
        replace(
            personal(),
            message=structs.replace(
                personal().message,
                personal=replace(PERSONAL, values={"n": one}),
                options=Options(vendors={"fcm": {"n": one}}),
            ),
        )
        for one in (value, changed)
    )
    bodies = decode(encode([before], to_ms(NOW), to_ms(NOW)))
    found = decode(encode_change(after, to_ms(NOW), bodies, 0, of="id")).message(0, "id", "shop").message
    assert found.personal
    assert repr(found.personal.values["n"]) == repr(changed)
    assert repr(found.options.vendors) == repr(after.message.options.vendors)


def test_a_process_that_knows_no_held_pushes_leaves_terminals_out() -> None:
    held = small(push_at=NOW, options=Options(quiet_hours=InQuietHours.HOLD))
    raw = encode([held], to_ms(NOW), to_ms(NOW))
    (body,) = msgspec.msgpack.decode(raw[1:], type=SegmentForm).bodies
    assert body.options.quiet_hours is InQuietHours.LEAVE_OUT
    bodies = decode(raw)
    assert bodies.message(0, "id", "shop").message.options == held.message.options
    assert bodies.target(0).waits_in_quiet_hours


def with_later_fields(raw: bytes) -> bytes:
    """A segment as a newer version would write it, which has a field and an option more."""
    segment = msgspec.msgpack.decode(unpack(raw))
    for body in segment[2]:
        body["later"] = body.setdefault("o", {})["later"] = [1]
    return pack(msgspec.msgpack.encode(segment))


def stored(raw: bytes) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", msgspec.msgpack.decode(unpack(raw))[2])


def test_a_change_keeps_what_a_newer_version_has_written() -> None:
    given = [small(push_at=NOW), personal()]
    bodies = decode(with_later_fields(encode(given, to_ms(NOW), to_ms(NOW))))
    message = structs.replace(given[1].message, personal=None, options=Options(clear_on_click=True))
    changed = replace(given[1], message=message)
    raw = encode_change(changed, to_ms(NOW) + 5, bodies, 1, of="id")
    (body,) = stored(raw)
    assert body["later"] == body["o"]["later"] == [1]
    after = decode(raw)
    assert (after.replaced_id, after.created_ms, after.push_at_ms) == ("id", to_ms(NOW), to_ms(NOW) + 5)
    read = after.message(0, "id", "shop")
    assert (read.message.content, read.message.options, read.message.personal) == (
        message.content,
        message.options,
        None,
    )
    assert read.audience == given[1].audience


def test_an_erasure_drops_what_a_newer_version_has_written_where_it_changes_a_message_alone() -> None:
    """Nobody knows whether that names the person."""
    given = [small(push_at=NOW), small(push_at=NOW)]
    bodies = decode(with_later_fields(encode(given, to_ms(NOW), to_ms(NOW))))
    bodies.segment.bodies[0].content = {"en": ContentForm("", "")}
    raw = encode_erased(bodies)
    assert ["later" in body for body in stored(raw)] == [False, True]
    assert decode(raw).content(0, "en").body == ""
    assert decode(raw).content(1, "en") == given[1].message.content["en"]
