"""An import with a name can be watched, and goes on where it stopped."""

import json
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.registry_dump import dump

from pushgate.domain.app import App
from pushgate.domain.errors import RequestTimedOut

NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv; charset=utf-8"}
URL = "/v1/terminals:import"


def line(number: int) -> bytes:
    return json.dumps({"id": f"t{number}", "vendor": "apns", "token": token(number)}).encode() + b"\n"


async def send_and_stall(
    client: httpx.AsyncClient, clock: SetClock, url: str, parts: Sequence[bytes], headers: dict[str, str]
) -> None:
    """Send parts of a body, slowly enough that each is registered, and then nothing."""

    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part
            clock.advance(6)
        raise RequestTimedOut("too slow")

    answer = await client.post(url, content=stream(), headers=headers)
    assert answer.status_code == 408


async def test_an_import_goes_on_after_the_lines_that_are_done(clients: ApiClients, clock: SetClock) -> None:
    parts = [line(1) + b"bad\n" + line(2), line(3), line(4)]
    await send_and_stall(clients.shop, clock, f"{URL}?import=big", parts, NDJSON)
    told = (await clients.shop.get("/v1/imports/big")).json()
    assert told["status"] == "stopped"
    assert told["finished_at"] is None
    assert (told["lines"], told["created"], told["failed"]) == (5, 4, 1)
    assert [bad["line"] for bad in told["errors"]] == [2]

    whole = b"".join(parts) + line(5)
    answer = await clients.shop.post(f"{URL}?import=big", content=whole, headers=NDJSON)
    counts = {name: answer.json()[name] for name in ("lines", "created", "updated", "failed")}
    assert counts == {"lines": 6, "created": 5, "updated": 0, "failed": 1}, (
        "lines that were done are not updated"
    )
    again = await clients.shop.post(f"{URL}?import=big", content=whole, headers=NDJSON)
    assert again.json() == answer.json()
    told = (await clients.shop.get("/v1/imports/big")).json()
    assert (told["status"], told["lines"], told["name"]) == ("finished", 6, "big")
    assert told["finished_at"]


async def test_rows_of_csv_go_on_as_well(clients: ApiClients, clock: SetClock, redis: Redis) -> None:
    header = b"id,vendor,token,user,tags,attributes.plan,attributes.visits\r\n"
    rows = [
        b't%d,apns,%s,"Ann\nLee",vip|new,gold,17\r\n' % (number, token(number).encode())
        for number in range(4)
    ]
    await send_and_stall(
        clients.shop, clock, f"{URL}?import=rows", [header + rows[0], rows[1][:-9], rows[1][-9:]], CSV
    )
    done = (await clients.shop.get("/v1/imports/rows")).json()["lines"]
    assert done in (1, 3, 5), "a window ends with a row"
    answer = await clients.shop.post(f"{URL}?import=rows", content=header + b"".join(rows), headers=CSV)
    assert (answer.json()["created"], answer.json()["updated"], answer.json()["failed"]) == (4, 0, 0)
    stored = await clients.shop.get("/v1/terminals/t3")
    assert stored.json()["attributes"] == {"plan": "gold", "visits": 17}
    assert (stored.json()["user"], stored.json()["tags"]) == ("Ann\nLee", ["vip", "new"])
    found = await dump(redis, App("shop"))
    assert found.terms["a:visits=n:17"] == found.terms["t:new"] == {"t0", "t1", "t2", "t3"}


@pytest.mark.parametrize("content", [line(1) + line(3), line(1), b""])
async def test_other_content_under_a_name_is_a_conflict(clients: ApiClients, content: bytes) -> None:
    await clients.shop.post(f"{URL}?import=x", content=line(1) + line(2), headers=NDJSON)
    answer = await clients.shop.post(f"{URL}?import=x", content=content, headers=NDJSON)
    assert answer.status_code == 409
    assert "use another name" in answer.json()["detail"]
    assert (await clients.shop.get("/v1/terminals/t3")).status_code == 404
    assert (await clients.shop.get("/v1/imports/x")).json()["lines"] == 2


async def test_one_request_at_a_time_has_an_import(clients: ApiClients, clock: SetClock) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield line(1)
        told = (await clients.shop.get("/v1/imports/x")).json()
        assert told["status"] == "running"
        answer = await clients.shop.post(f"{URL}?import=x", content=line(1), headers=NDJSON)
        assert answer.status_code == 409
        assert "is running" in answer.json()["detail"]
        clock.advance(100)  # longer than a hold lasts
        answer = await clients.shop.post(f"{URL}?import=x", content=line(1) + line(2), headers=NDJSON)
        assert answer.json()["created"] == 2
        yield line(2)

    answer = await clients.shop.post(f"{URL}?import=x", content=stream(), headers=NDJSON)
    assert answer.status_code == 409
    assert "another request goes on" in answer.json()["detail"]
    assert (await clients.shop.get("/v1/imports/x")).json()["status"] == "finished"


@pytest.mark.parametrize("name", ["", "a/b", "x" * 65])
async def test_a_name_that_can_be_none_is_refused(clients: ApiClients, name: str) -> None:
    answer = await clients.shop.post(URL, params={"import": name}, content=line(1), headers=NDJSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "import"


async def test_imports_of_other_apps_are_not_told(clients: ApiClients) -> None:
    assert (await clients.shop.get("/v1/imports/unknown")).status_code == 404


async def test_a_header_that_is_not_understood_stores_nothing(clients: ApiClients) -> None:
    rows = b"id,vendor,token,colour\nt1,apns," + token(1).encode() + b",red\n"
    answer = await clients.shop.post(URL, content=rows, headers=CSV)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["header.colour"]
    assert (await clients.shop.get("/v1/terminals/t1")).status_code == 404


async def test_the_form_can_be_named(clients: ApiClients) -> None:
    rows = b"id,vendor,token,language,attributes.n\nt1,apns,%s,xx-nonsense,1\nt2,apns,%s\n" % (
        token(1).encode(), token(2).encode(),
    )  # fmt: skip
    anything = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await clients.shop.post(URL, content=rows, headers=anything)).status_code == 415
    told = (await clients.shop.post(f"{URL}?format=csv", content=rows, headers=anything)).json()
    assert {bad["line"]: bad["errors"][0]["field"] for bad in told["errors"]} == {2: "language", 3: "line"}


async def test_a_finished_import_stays_finished_where_other_content_is_refused(clients: ApiClients) -> None:
    url, record = f"{URL}?import=done", "/v1/imports/done"
    assert (await clients.shop.post(url, content=line(1), headers=NDJSON)).status_code == 200
    before = (await clients.shop.get(record)).json()
    assert (await clients.shop.post(url, content=line(2), headers=NDJSON)).status_code == 409
    after = (await clients.shop.get(record)).json()
    assert (after["status"], after["finished_at"]) == ("finished", before["finished_at"])
