"""The terminals of a message: in pages and as whole lists, by what became of them."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from tests.support.api.application import create
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.failed_message import EN, accepted_message
from tests.support.api.served import head, serve
from tests.support.clock import SetClock

from pushgate.api.times import format_instant
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import ReceiptKind, SlotRef
from pushgate.tracking.listed_terminals import ListedTerminal
from pushgate.tracking.message_terminals import MessageTerminals
from pushgate.tracking.terminal_filters import TerminalFilter

APP = App("shop")


async def clicked_message(clients: ApiClients, clock: SetClock) -> str:
    """A message to five terminals, which `t-3` clicked."""
    message_id = await accepted_message(clients, clock)
    slot, keep_until = SlotRef(0, EN.group, 3), clock.now().replace(year=2100)
    await clients.context.stores.results.record_receipts(
        ReceiptKind.CLICKED, APP, message_id, [[slot]], keep_until
    )
    return message_id


async def listed(clients: ApiClients, message_id: str, **query: str | int) -> list[str]:
    answer = await clients.shop.get(f"/v1/messages/{message_id}/terminals", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next_cursor"] is None
    return [row["terminal"] for row in answer.json()["terminals"]]


async def test_every_terminal_is_listed_with_what_became_of_it(clients: ApiClients, clock: SetClock) -> None:
    message_id = await clicked_message(clients, clock)
    answer = await clients.reader.get(f"/v1/messages/{message_id}/terminals")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["next_cursor"] is None
    minute = format_instant(clock.now().replace(second=0, microsecond=0))
    assert found["terminals"][0] == {
        "terminal": "t-0",  # forgotten since, and still known by its name
        "token": None,
        "user": None,
        "vendor": "apns",
        "language": "en",
        "state": "invalid",
        "code": "Unregistered",
        "reason": "the app was uninstalled",
        "time": minute,
        "delivered": False,
        "delivered_at": None,
        "clicked": False,
        "clicked_at": None,
        "muted": False,
        "gone": False,
        "recalled": False,
        "unproven": False,
    }
    assert [
        (row["terminal"], row["state"], row["code"], row["clicked"]) for row in found["terminals"][1:]
    ] == [
        ("t-1", "rejected", "TopicDisallowed", False),
        ("t-2", "rejected", "unanswered", False),
        ("t-3", "accepted", None, True),
        ("t-4", "accepted", None, False),
    ]


@pytest.mark.parametrize(
    ("state", "terminals"),
    [
        ("targeted", ["t-0", "t-1", "t-2", "t-3", "t-4"]),
        ("failed", ["t-0", "t-1", "t-2"]),
        ("invalid", ["t-0"]),
        ("rejected", ["t-1", "t-2"]),
        ("expired", []),
        ("pending", []),
        ("cancelled", []),
        ("accepted", ["t-3", "t-4"]),
        ("delivered", []),
        ("not_delivered", ["t-4"]),
        ("clicked", ["t-3"]),
        ("not_clicked", ["t-4"]),
        ("muted", []),
        ("gone", []),
        ("recalled", []),
    ],
)
async def test_terminals_are_listed_by_state_and_receipt(
    clients: ApiClients, clock: SetClock, state: str, terminals: list[str]
) -> None:
    message_id = await clicked_message(clients, clock)
    assert await listed(clients, message_id, state=state) == terminals


async def test_pages_lead_on_to_the_end(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    path, seen = f"/v1/messages/{message_id}/terminals", list[str]()
    cursor: str | None = None
    for _ in range(3):
        params = {"state": "failed", "limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await clients.shop.get(path, params=params)).json()
        seen += [row["terminal"] for row in page["terminals"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (["t-0", "t-1", "t-2"], None)


@pytest.mark.parametrize(
    ("query", "accept"), [({"format": "ndjson"}, "text/csv"), ({}, "application/x-ndjson, */*;q=0.1")]
)
async def test_a_whole_list_comes_as_lines_of_json(
    clients: ApiClients, clock: SetClock, query: dict[str, str], accept: str
) -> None:
    path = f"/v1/messages/{await clicked_message(clients, clock)}/terminals"
    answer = await clients.shop.get(path, params=query, headers={"accept": accept})
    assert answer.headers["content-type"] == "application/x-ndjson"
    pages = (await clients.shop.get(path)).json()["terminals"]
    assert [json.loads(line) for line in answer.text.splitlines()] == pages


async def test_a_whole_list_comes_as_csv(clients: ApiClients, clock: SetClock) -> None:
    path = f"/v1/messages/{await clicked_message(clients, clock)}/terminals"
    answer = await clients.shop.get(path, params={"state": "not_clicked"}, headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (row["terminal"], row["state"], row["code"], row["clicked"]) == ("t-4", "accepted", "", "false")


@pytest.mark.parametrize("cursor", ["x", "!!", "MCAwIA==", "OTkgMCBhcG5zL2VuIDA=", "OSA5", "é"])
async def test_a_cursor_that_was_never_given_out_is_named(
    clients: ApiClients, clock: SetClock, cursor: str
) -> None:
    message_id = await accepted_message(clients, clock)
    answer = await clients.shop.get(f"/v1/messages/{message_id}/terminals", params={"cursor": cursor})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


async def test_what_a_whole_list_would_ignore_is_refused(clients: ApiClients, clock: SetClock) -> None:
    path = f"/v1/messages/{await accepted_message(clients, clock)}/terminals"
    answer = await clients.shop.get(path, params={"format": "csv", "limit": 5, "cursor": "MCAw"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor", "limit"]
    bad = await clients.shop.get(path, params={"state": "bad"})
    assert [error["field"] for error in bad.json()["errors"]] == ["state"]


async def test_lists_are_the_apps_own_and_need_a_key(clients: ApiClients, clock: SetClock) -> None:
    path = f"/v1/messages/{await accepted_message(clients, clock)}/terminals"
    for form in ("json", "ndjson"):
        assert (await clients.other.get(path, params={"format": form})).status_code == 404
        assert (await clients.anyone.get(path, params={"format": form})).status_code == 401


async def test_a_message_that_is_not_planned_has_no_terminals_yet(clients: ApiClients) -> None:
    message_id = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    assert await listed(clients, message_id) == []


class _Broken(MessageTerminals):
    """Loses Redis after so many portions."""

    def __init__(self, known: MessageTerminals, portions: int) -> None:
        self._known = known
        self._left = portions

    async def stream(
        self, app: App, message_id: str, wanted: TerminalFilter
    ) -> AsyncIterator[Sequence[ListedTerminal]]:
        return self._break(await self._known.stream(app, message_id, wanted))

    async def _break(
        self, portions: AsyncIterator[Sequence[ListedTerminal]]
    ) -> AsyncIterator[Sequence[ListedTerminal]]:
        for _ in range(self._left):
            yield await anext(portions)
        raise EngineUnavailable("Redis does not answer")


@pytest.mark.parametrize(("portions", "status"), [(0, b"503"), (1, b"200")])
async def test_a_list_that_is_cut_has_no_end(
    clients: ApiClients, clock: SetClock, portions: int, status: bytes
) -> None:
    path = f"/v1/messages/{await accepted_message(clients, clock)}/terminals?format=csv"
    stores = clients.context.stores
    tracked = replace(stores.tracked, terminals=_Broken(stores.tracked.terminals, portions))
    app = create(replace(clients.context, stores=replace(stores, tracked=tracked)))
    key = clients.shop.headers["authorization"].removeprefix("Bearer ")
    async with serve(clients, app) as served:
        reader, _ = await served.send(head("GET", path, 0, key))
        async with asyncio.timeout(10):
            text = await (reader.readuntil(b"\r\n") if portions == 0 else reader.read())
    assert status in text.splitlines()[0]
    if portions:
        assert b"t-0" in text
        assert not text.endswith(b"0\r\n\r\n"), "a client sees that the list is not whole"
