"""An export has all terminals, and an import of it gives the same registry."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from tests.support.api.application import create
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients
from tests.support.api.served import head, serve
from tests.support.registry_dump import RegistryDump, dump

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.terminals.bulk.scan import Position, ScannedBlock, TerminalScan

SHOP = App("shop")


def registration(number: int) -> dict[str, object]:
    return {
        "id": f"t{number}",
        "vendor": "apns",
        "token": token(number),
        "language": ("en", "zh-Hant-TW-u-nu-hanidec", "ja")[number % 3],
        "user": f'user "{number // 2}",\n|',
        "tags": ["vip", "a|b", "[x"][: number % 4],
        "timezone": "Asia/Taipei",
        "app_version": "2.1",
        "attributes": {"plan": "42", "level": number % 5, "beta": True, "name": "名前"}
        if number % 3 == 1
        else {},
        "last_seen": f"2026-0{number % 9 + 1}-01T12:00:00Z",
        "registered_at": "2025-05-05T00:00:01Z",
    }


def without_history(found: RegistryDump) -> RegistryDump:
    found.former.clear()
    return found


@pytest.mark.parametrize("form", ["ndjson", "csv"])
async def test_an_export_that_is_imported_gives_the_same_terminals(
    clients: ApiClients, redis: Redis, form: str
) -> None:
    url, headers = f"/v1/terminals:import?format={form}", {"Content-Type": "text/plain"}
    lines = [json.dumps(registration(number)) for number in range(60)]
    first = await clients.shop.post(
        "/v1/terminals:import?format=ndjson", content="\n".join(lines), headers=headers
    )
    assert (first.json()["created"], first.json()["errors"]) == (60, [])
    await clients.shop.patch("/v1/terminals/t3", json={"language": "fr"})
    before = without_history(await dump(redis, SHOP))

    exported = await clients.shop.get("/v1/terminals:export", params={"format": form})
    assert exported.headers["content-type"].startswith({"csv": "text/csv"}.get(form, "application/x-ndjson"))
    last = exported.text.splitlines()[-1]
    assert '"complete":true' in last
    assert '"terminals":60' in last

    keys = [key async for key in redis.scan_iter("{shop:0}:*")]
    await redis.delete(*keys)
    again = await clients.shop.post(url, content=exported.content, headers=headers)
    assert (again.json()["created"], again.json()["failed"], again.json()["errors"]) == (60, 0, [])
    after = without_history(await dump(redis, SHOP))
    assert after == before


async def test_an_export_writes_times_as_the_terminal_shows_them(clients: ApiClients) -> None:
    shown = (await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1)})).json()
    times = ("registered_at", "last_seen")
    line = json.loads((await clients.shop.get("/v1/terminals:export")).text.splitlines()[0])
    assert [line[name] for name in times] == [shown[name] for name in times]
    head, row, *_ = (await clients.shop.get("/v1/terminals:export?format=csv")).text.splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert [cells[name] for name in times] == [shown[name] for name in times]


async def test_an_export_goes_on_after_a_mark(clients: ApiClients) -> None:
    for number in range(4):
        await clients.shop.put(
            f"/v1/terminals/t{number}",
            json={"vendor": "apns", "token": token(number), "language": ("en", "ja", "fr", "de")[number]},
        )
    whole = (await clients.shop.get("/v1/terminals:export")).text.splitlines()
    rest = (await clients.shop.get("/v1/terminals:export?after=0.2.0&format=csv")).text.splitlines()
    assert len(whole) == 5
    assert [row.partition(",")[0] for row in rest[:-1]] == [json.loads(line)["id"] for line in whole[2:-1]]
    assert rest[-1] == '#export {"complete":true,"terminals":2}'


@pytest.mark.parametrize("after", ["x", "0.0", "1.0.0", "99999.0.0"])
async def test_a_mark_that_can_be_none_is_refused(clients: ApiClients, after: str) -> None:
    answer = await clients.shop.get("/v1/terminals:export", params={"after": after})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "after"


async def test_an_export_needs_the_scope_of_terminals(clients: ApiClients) -> None:
    assert (await clients.anyone.get("/v1/terminals:export")).status_code == 401
    assert (await clients.operator.get("/v1/terminals:export")).status_code == 403


async def test_an_app_without_terminals_has_a_complete_export(clients: ApiClients) -> None:
    assert (
        await clients.shop.get("/v1/terminals:export")
    ).text == '{"export":{"complete":true,"terminals":0}}\n'
    rows = (await clients.shop.get("/v1/terminals:export?format=csv")).text.splitlines()
    assert rows[0].startswith("id,vendor,token,")
    assert len(rows) == 2


class _Broken(TerminalScan):
    """A scan that loses Redis on its way."""

    async def read(self, app: App, start: Position) -> AsyncIterator[ScannedBlock]:
        async for scanned in super().read(app, start):
            yield scanned
        raise EngineUnavailable("Redis does not answer")


async def test_an_export_that_is_cut_has_no_end(clients: ApiClients, redis: Redis) -> None:
    await clients.shop.put("/v1/terminals/t1", json={"vendor": "apns", "token": token(1)})
    stores = clients.context.stores
    broken = replace(stores, terminal_scan=_Broken(redis, stores.terms, stores.rows))
    app = create(replace(clients.context, stores=broken))
    key = clients.shop.headers["authorization"].removeprefix("Bearer ")
    async with serve(clients, app) as served:
        reader, _ = await served.send(head("GET", "/v1/terminals:export", 0, key))
        async with asyncio.timeout(10):
            text = await reader.read()
    assert b'"id":"t1"' in text
    assert b"complete" not in text
    assert not text.endswith(b"0\r\n\r\n"), "a client sees that the response is not whole"
