"""APNs' headers and payload."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.adapters.rendering import (
    header_fields,
    is_refused,
    push_with_data,
    refused,
    rendered,
)
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.apns import payload as apns
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options


def test_the_expiration_is_an_instant_or_zero_without_a_time_to_live() -> None:
    hour = rendered("apns", push(options=Options(ttl=timedelta(hours=1))))
    never = rendered("apns", push(options=Options(ttl=timedelta(0))))
    assert isinstance(hour, dict)
    assert isinstance(never, dict)
    assert hour["headers"]["apns-expiration"] == str(int((NOW + timedelta(hours=1)).timestamp()))
    assert never["headers"]["apns-expiration"] == "0"


def test_the_size_of_a_payload_is_that_of_the_body() -> None:
    size = next(size for size in range(3000, 4200) if is_refused("apns", push_with_data(size)))
    assert len(apns.render(push_with_data(size - 1), "t").body) == 4096


@given(key=st.text(min_size=1, max_size=80))
def test_collapse_ids_are_valid_headers(key: str) -> None:
    """64 bytes, and RFC 9113, 8.2.1. See docs/reference/vendors/apns.md#limits."""
    rendered = apns.render(push(options=Options(collapse_key=key)), "t")
    made = header_fields(rendered.own_headers)["apns-collapse-id"]
    assert 1 <= len(made) <= 64
    assert made.isascii()
    assert made.isprintable()
    assert made == made.strip()
    assert (made == key) == (len(key) <= 64 and key.isascii() and key.isprintable() and key == key.strip())


def test_some_push_types_need_a_key() -> None:
    """See docs/reference/vendors/apns.md#credentials."""
    for kind in ("location", "liveactivity"):
        with pytest.raises(PayloadRejected, match=r"needs a \.p8 key"):
            apns.render(push(apns={"push_type": kind}), "t", with_key=False)


def test_a_voip_push_may_be_larger() -> None:
    """See docs/reference/vendors/apns.md#options."""
    given = push(Content("t", "b", None, {"k": "x" * 4500}), None, apns={"push_type": "voip"})
    assert len(apns.render(given, "t").body) > 4096


def test_the_timestamp_of_a_live_activity_is_when_it_was_due() -> None:
    """Each attempt sends the same, so that a late push does not overtake a newer one."""
    given = push(
        apns={"push_type": "liveactivity", "live_activity": {"event": "update", "content_state": {}}}
    )
    assert json.loads(apns.render(given, "t").body)["aps"]["timestamp"] == int(NOW.timestamp())


_UPDATE = {"event": "update", "content_state": {}}


_START = {"event": "start", "content_state": {}, "attributes_type": "Match", "attributes": {}}


@pytest.mark.parametrize(
    ("activity", "reason"),
    [
        ({"event": "start", "content_state": {}}, "attributes"),
        ({**_START, "input_push_token": 1, "input_push_channel": "dGVzdA=="}, "one of"),
        ({**_START, "input_push_token": 2}, "1"),
        ({**_START, "input_push_channel": ""}, "must not be empty"),
        ({**_UPDATE, "input_push_token": 1}, "input_push_token belongs to event start"),
        ({**_UPDATE, "input_push_channel": "dGVzdA=="}, "input_push_channel belongs to event start"),
        ({**_UPDATE, "event": "end", "attributes_type": "Match"}, "attributes_type belongs to event start"),
    ],
)
def test_options_that_start_a_live_activity_go_with_a_start_alone(
    activity: dict[str, object], reason: str
) -> None:
    """See docs/reference/vendors/apns.md#options."""
    error = refused("apns", push(apns={"push_type": "liveactivity", "live_activity": activity}))
    assert error.code == "bad_option"
    assert reason in error.reason


def test_a_live_activity_can_listen_to_a_channel() -> None:
    activity = {**_START, "input_push_channel": "dGVzdA=="}
    sent = rendered("apns", push(apns={"push_type": "liveactivity", "live_activity": activity}))
    assert isinstance(sent, dict)
    assert sent["body"]["aps"]["input-push-channel"] == "dGVzdA=="
    assert "input-push-token" not in sent["body"]["aps"]
