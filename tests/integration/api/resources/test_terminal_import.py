"""An import registers a terminal a line; bad lines do not stop the others."""

import json

from tests.support.api.bodies import TOKEN, token
from tests.support.api.clients import ApiClients
from tests.support.registered import by_group

from pushgate.domain.terminal import Group


async def test_an_import_may_be_sent_again(clients: ApiClients) -> None:
    lines = [{"id": f"t{n}", "vendor": "apns", "token": token(n), "language": "en"} for n in range(2500)]
    content = "\n".join(map(json.dumps, lines))
    for created, updated in ((2500, 0), (0, 2500)):
        answer = await clients.shop.post(
            "/v1/terminals:import", content=content, headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.json() == {
            "lines": 2500,
            "created": created,
            "updated": updated,
            "failed": 0,
            "errors": [],
            "warnings": [],
        }
    assert await by_group(clients.context.stores, clients.context.catalog.apps["shop"].app) == {
        Group("apns", "en"): 2500
    }


async def test_bad_lines_of_an_import_are_told_by_number_and_do_not_stop_the_others(
    clients: ApiClients,
) -> None:
    lines = [
        json.dumps({"id": "t1", "vendor": "apns", "token": TOKEN}).encode(),
        b"not json",
        b"",
        json.dumps({"id": "t2", "vendor": "apns", "token": "xyz"}).encode(),
        b"\xff\xff",
        json.dumps({"id": "t3", "vendor": "apns", "token": TOKEN[:-2], "colour": 1}).encode(),
        b'"' + b"x" * 70_000 + b'"',
        json.dumps({"id": "t4", "vendor": "fcm", "token": "abcd"}).encode(),
    ]
    answer = await clients.shop.post(
        "/v1/terminals:import", content=b"\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["created"], told["updated"], told["failed"]) == (2, 0, 5)
    assert {item["line"]: {error["field"] for error in item["errors"]} for item in told["errors"]} == {
        2: {"line"},
        4: {"token"},
        5: {"line"},
        6: {"colour"},
        7: {"line"},
    }


async def test_an_import_counts_a_terminal_once_as_created(clients: ApiClients) -> None:
    line = b'{"id": "twice", "vendor": "apns", "token": "%s"}\n' % (b"ab" * 32)
    imported = await clients.shop.post(
        "/v1/terminals:import", content=line * 3, headers={"Content-Type": "application/x-ndjson"}
    )
    assert (imported.json()["created"], imported.json()["updated"]) == (1, 2)
