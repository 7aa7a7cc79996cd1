"""Registrations become terminals; a change merges with what is registered."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.api.terminals import Change, changes, merged, terminals

from pushgate.api.mapping.terminals import (
    check_configured,
    from_terminal,
    merge_terminal,
    to_terminal,
)
from pushgate.api.schemas.terminals import TerminalBody, TerminalChangeBody
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.domain.errors import InvalidRequest
from pushgate.domain.terminal import Terminal

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOKEN = "a1" * 32
REGISTERED = Terminal(
    id="t-1",
    vendor="apns",
    token=TOKEN,
    language="de",
    user="u-1",
    tags=("vip",),
    timezone="Europe/Berlin",
    attributes={"plan": "gold"},
    app_version="1.2",
    last_seen=LONG_AGO,
    registered_at=LONG_AGO,
)


def body(**fields: object) -> TerminalBody:
    return TerminalBody.model_validate_json(orjson.dumps({"vendor": "apns", "token": TOKEN, **fields}))


def change(**fields: object) -> TerminalChangeBody:
    return TerminalChangeBody.model_validate_json(orjson.dumps(fields))


def bad_fields(error: InvalidRequest) -> list[str]:
    return [item.field for item in error.errors]


def test_a_registration_without_language_has_the_apps() -> None:
    terminal = to_terminal("t-1", body(tags=["b", "a", "b"]), "zh-Hans", NOW)
    assert terminal == Terminal("t-1", "apns", TOKEN, "zh-Hans", None, ("b", "a"))


@pytest.mark.parametrize(
    ("vendor", "token", "field"),
    [("apns", "no-hex", "token"), ("nokia", "x", "vendor"), ("fcm", "/topics/all", "token")],
)
def test_a_token_that_is_no_terminals_is_refused(vendor: str, token: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        to_terminal("t-1", body(vendor=vendor, token=token), "en", NOW)
    assert bad_fields(caught.value) == [field]


@pytest.mark.parametrize(
    ("written", "last_seen"),
    [
        (NOW - timedelta(days=9), NOW - timedelta(days=9)),
        ((NOW - timedelta(hours=1)).astimezone(timezone(timedelta(hours=8))), NOW - timedelta(hours=1)),
        (NOW + timedelta(minutes=5), NOW),
    ],
)
def test_a_sign_of_life_is_taken_in_utc_and_not_after_now(written: datetime, last_seen: datetime) -> None:
    assert to_terminal("t-1", body(last_seen=written.isoformat()), "en", NOW).last_seen == last_seen


@pytest.mark.parametrize("written", [NOW + timedelta(minutes=6), datetime(1999, 12, 31, tzinfo=UTC)])
def test_a_sign_of_life_that_cannot_be_is_refused_with_all_other_errors(written: datetime) -> None:
    with pytest.raises(InvalidRequest) as caught:
        to_terminal("t-1", body(last_seen=written.isoformat(), token="no-hex"), "en", NOW)
    assert bad_fields(caught.value) == ["token", "last_seen"]


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ({"tags": {"add": [f"t{n}" for n in range(64)]}}, ["tags.add"]),
        ({"tags": {"add": ["a", "b"], "remove": ["c", "b"]}}, ["tags.remove.1"]),
        ({"attributes": {f"a{n}": n for n in range(32)}}, ["attributes"]),
        ({"last_seen": "2026-11-28T13:00:00Z"}, ["last_seen"]),
    ],
    ids=str,
)
def test_a_change_is_refused_where_it_has_no_sense_or_gives_too_much(
    written: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        merge_terminal(REGISTERED, change(**written), "en", NOW)
    assert bad_fields(caught.value) == fields


def test_all_attributes_can_be_replaced_by_others_in_one_change() -> None:
    full = {f"a{n}": n for n in range(32)}
    registered = to_terminal("t-1", body(attributes=full), "en", NOW)
    others = {f"b{n}": n for n in range(32)}
    replaced = merge_terminal(registered, change(attributes=dict.fromkeys(full) | others), "en", NOW)
    assert replaced.attributes == others


def test_a_terminal_that_is_seen_in_the_future_after_a_clock_was_set_back_can_be_changed() -> None:
    changed = merge_terminal(REGISTERED, change(user="bob"), "en", LONG_AGO - timedelta(days=1))
    assert (changed.user, changed.last_seen) == ("bob", LONG_AGO)


@given(terminals(), changes())
def test_a_change_is_a_merge_of_each_field_it_names(terminal: Terminal, written: Change) -> None:
    found = merge_terminal(terminal, change(**written), "en", NOW)
    assert from_terminal(found) == merged(from_terminal(terminal), written)


@given(terminals(), changes())
def test_a_change_done_twice_has_the_same_effect(terminal: Terminal, written: Change) -> None:
    once = merge_terminal(terminal, change(**written), "en", NOW)
    assert merge_terminal(once, change(**written), "en", NOW) == once


@given(terminals(), st.sampled_from(["user", "timezone", "app_version", "tags", "attributes"]))
def test_null_clears_what_can_be_empty(terminal: Terminal, field: str) -> None:
    cleared = from_terminal(merge_terminal(terminal, change(**{field: None}), "en", NOW))
    assert not cleared[field]


def test_a_vendor_that_the_app_is_not_set_up_for_is_refused() -> None:
    app = ConfiguredApp(app=App("shop"), default_language="en", vendors={})
    with pytest.raises(InvalidRequest, match="is not one the app is set up for; it has: none"):
        check_configured(REGISTERED, app)
