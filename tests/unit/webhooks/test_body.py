"""The body of a delivery."""

from datetime import UTC, datetime

import orjson

from pushgate.webhooks.body import ENVELOPE, body_of, body_of_test

AT = datetime(2027, 1, 31, 12, 0, 0, 123456, UTC)


def test_events_are_told_as_they_are_in_one_envelope() -> None:
    body = body_of("shop", "0", AT, [b'{"id":"a"}', b'{"id":"b"}'])
    assert orjson.loads(body) == {
        "type": "events",
        "timestamp": "2027-01-31T12:00:00.123Z",
        "data": {"app": "shop", "shard": "0", "events": [{"id": "a"}, {"id": "b"}]},
    }


def test_the_envelope_is_bounded() -> None:
    assert len(body_of("a" * 32, "1023", AT, [])) <= ENVELOPE


def test_a_test_tells_one_event() -> None:
    told = orjson.loads(body_of_test("shop", "wh_1", AT))
    (event,) = told["data"]["events"]
    assert (told["type"], event["type"], event["at"]) == ("events", "webhook.test", told["timestamp"])
