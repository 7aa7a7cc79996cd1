"""Input is not guessed: times, keys given twice, encodings. The right values pass, the near misses
are refused.
"""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.support.api.bodies import GOOD, TOKEN, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
TERMINAL = {"vendor": "apns", "token": TOKEN}
BOM = b"\xef\xbb\xbf"


def warned(answer: httpx.Response) -> list[str]:
    """The fields that warnings of an answer name."""
    return [warning["field"] for warning in answer.json()["warnings"]]


async def scheduled(clients: ApiClients, clock: SetClock) -> str:
    """The id of a message that is due in an hour."""
    at = (clock.now() + timedelta(hours=1)).isoformat()
    answer = await clients.shop.post("/v1/messages", json=but(push_time=at))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize(
    "push_time",
    [
        "20270101",
        "1798761600",
        1_798_761_600,
        1_798_761_600.5,
        True,
        "2027-01-01",
        "2027-01-01 20:00:00+08:00",
        "2027-01-01T20:00:00",
        "PT1H",
        "",
        [],
    ],
    ids=repr,
)
async def test_a_time_is_rfc_3339_wherever_one_is_taken(
    clients: ApiClients, clock: SetClock, push_time: object
) -> None:
    message = await scheduled(clients, clock)
    created = await clients.shop.post("/v1/messages", json=but(push_time=push_time))
    changed = await clients.shop.patch(f"/v1/messages/{message}", json={"push_time": push_time})
    for answer in (created, changed):
        assert answer.status_code == 422, answer.text
        assert bad_fields(answer) == {"push_time"}
        assert "RFC 3339" in answer.json()["errors"][0]["message"]
    batch = await clients.shop.post("/v1/messages:batch", json={"messages": [but(push_time=push_time)]})
    (result,) = batch.json()["results"]
    assert result["status"] == 422
    assert result["problem"]["errors"][0]["field"] == "push_time"
    assert (await clients.context.stores.message_index.counts())["scheduled"] == 1, (
        "the one that was to be changed"
    )


@pytest.mark.parametrize(
    ("past", "status"),
    [
        (timedelta(seconds=1), 202),
        (timedelta(minutes=5), 202),
        (timedelta(minutes=5, seconds=1), 422),
        (timedelta(days=365), 422),
    ],
    ids=str,
)
async def test_what_has_just_passed_is_due_now_and_what_is_long_past_is_refused(
    clients: ApiClients, clock: SetClock, past: timedelta, status: int
) -> None:
    now = clock.now()
    message = await scheduled(clients, clock)
    body = {"push_time": (now - past).isoformat()}
    created = await clients.shop.post("/v1/messages", json=but(**body))
    changed = await clients.shop.patch(f"/v1/messages/{message}", json=body)
    assert (created.status_code, changed.status_code) == (status, status if status == 422 else 200)
    for answer in (created, changed):
        if status == 422:
            assert bad_fields(answer) == {"push_time"}
        else:
            assert datetime.fromisoformat(answer.json()["push_time"]) == now
            assert "push_time" in warned(answer)
    depth = (await clients.context.stores.message_index.counts())["scheduled"]
    assert depth == (1 if status == 422 else 2)


async def test_a_time_to_come_has_no_warning(clients: ApiClients, clock: SetClock) -> None:
    at = (clock.now() + timedelta(days=366)).astimezone(UTC)
    answer = await clients.shop.post("/v1/messages", json=but(push_time=at.isoformat()))
    assert "push_time" not in warned(answer)
    assert datetime.fromisoformat(answer.json()["push_time"]) == at


REPEATED_KEYS = {
    "audience": ('"audience": {"tokens": []}, "audience": {"all": true}', "audience"),
    "inside the audience": ('"audience": {"all": true, "all": true}', "audience.all"),
    "an option": ('"audience": {"all": true}, "options": {"ttl": 1, "ttl": 99}', "options.ttl"),
    "a vendor's option": (
        '"audience": {"all": true}, "options": {"apns": {"badge": 1, "badge": 2}}',
        "options.apns.badge",
    ),
    "deep in a vendor's option": (
        '"audience": {"all": true}, "options": {"apns": {"payload": {"a": [{"b": 1, "b": 2}]}}}',
        "options.apns.payload.a.0.b",
    ),
}


@pytest.mark.parametrize(("part", "field"), REPEATED_KEYS.values(), ids=REPEATED_KEYS.keys())
async def test_a_key_given_twice_is_refused_by_its_name(clients: ApiClients, part: str, field: str) -> None:
    content = '"content": {"en": {"title": "t", "body": "b"}}'
    body = "{" + content + ", " + part + "}"
    answer = await clients.shop.post("/v1/messages", content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    assert field in bad_fields(answer)
    good = json.dumps(GOOD)
    batch = await clients.shop.post(
        "/v1/messages:batch", content=f'{{"messages": [{good}, {body}]}}', headers=JSON
    )
    first, second = batch.json()["results"]
    assert (first["status"], second["status"]) == (202, 422)
    assert field in {error["field"] for error in second["problem"]["errors"]}
    assert (await clients.context.stores.message_index.counts())["scheduled"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        (
            "POST",
            "/v1/messages:batch",
            '{"messages": [], "messages": [' + json.dumps(GOOD) + "]}",
            "messages",
        ),
        ("PATCH", "/v1/messages/x", '{"push_time": null, "push_time": "2027-01-01T00:00:00Z"}', "push_time"),
        ("POST", "/v1/messages/x/retry", '{"states": ["expired"], "states": ["invalid"]}', "states"),
        ("PUT", "/v1/terminals/t", '{"vendor": "apns", "token": "' + TOKEN + '", "vendor": "fcm"}', "vendor"),
        ("POST", "/v1/callbacks/click", '{"token": "x", "terminal": "a", "terminal": "b"}', "terminal"),
        ("POST", "/v1/callbacks/received", '[{"token": "x", "terminal": "a", "token": "y"}]', "0.token"),
    ],
)
async def test_every_call_refuses_a_key_given_twice(
    clients: ApiClients, method: str, path: str, body: str, field: str
) -> None:
    answer = await clients.shop.request(method, path, content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    assert field in bad_fields(answer)


async def test_a_line_of_an_import_with_a_key_given_twice_is_a_bad_line(clients: ApiClients) -> None:
    lines = b'{"id": "a", "id": "b", "vendor": "apns", "token": "%s"}\n' % TOKEN.encode()
    answer = (await clients.shop.post("/v1/terminals:import", content=lines, headers=NDJSON)).json()
    assert (answer["created"], answer["failed"]) == (0, 1)
    assert answer["errors"][0]["errors"][0]["field"] == "id"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
async def test_what_is_no_number_of_json_is_refused(clients: ApiClients, number: str) -> None:
    body = json.dumps(but(options={"apns": {"payload": {"n": 0}}})).replace("0}", number + "}")
    answer = await clients.shop.post("/v1/messages", content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    bad_fields(answer)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "good"),
    [
        ("POST", "/v1/messages", json.dumps(GOOD), JSON, 202),
        ("POST", "/v1/messages:batch", json.dumps({"messages": [GOOD]}), JSON, 200),
        ("PUT", "/v1/terminals/t", json.dumps(TERMINAL), JSON, 201),
        ("POST", "/v1/terminals:import", json.dumps({"id": "t", **TERMINAL}), NDJSON, 200),
        ("POST", "/v1/callbacks/click", '{"token": "forged", "terminal": "t"}', JSON, 403),
        ("POST", "/v1/callbacks/click", '[{"token": "forged", "terminal": "t"}]', JSON, 403),
    ],
)
async def test_compression_is_refused_and_a_byte_order_mark_is_passed_over(
    clients: ApiClients, method: str, path: str, body: str, headers: dict[str, str], good: int
) -> None:
    async def send(content: bytes, **more: str) -> Any:
        accepted_message = {**headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        return await clients.shop.request(method, path, content=content, headers=accepted_message)

    for coding in ("gzip", "identity, gzip", "br", "x-unknown", "deflate"):
        answer = await send(gzip.compress(body.encode()), Content_Encoding=coding)
        assert answer.status_code == 415, answer.text
        assert answer.headers["accept-encoding"] == "identity"
        bad_fields(answer)
    for wrong in ("text/plain", "application/octet-stream", "application/json; charset=utf-16"):
        answer = await send(body.encode(), Content_Type=wrong)
        assert answer.status_code == 415, answer.text
        assert "accept-encoding" not in answer.headers
    assert (await send(BOM + body.encode(), Content_Encoding="identity")).status_code == good


async def test_the_mark_of_an_import_may_come_in_pieces(clients: ApiClients) -> None:
    async def pieces() -> Any:
        for byte in BOM + json.dumps({"id": "t", **TERMINAL}).encode() + b"\n":
            yield bytes([byte])

    answer = (await clients.shop.post("/v1/terminals:import", content=pieces(), headers=NDJSON)).json()
    assert (answer["created"], answer["failed"]) == (1, 0)


async def test_a_mark_alone_is_an_import_of_nothing(clients: ApiClients) -> None:
    answer = (await clients.shop.post("/v1/terminals:import", content=BOM, headers=NDJSON)).json()
    assert (answer["created"], answer["failed"]) == (0, 0)
