"""A registry of several shards and ranges is searched in pages."""

import pytest
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, HasTag, OfVendor
from pushgate.domain.terminal import Terminal
from pushgate.grouping.search import MAX_WINDOWS, Place, TerminalSearch
from pushgate.stores import Stores

APP = App("shop", shards=3)
GROUPS = 70
"""More groups than a range has blocks, so that the first shard has two ranges."""


@pytest.fixture
def search(stores: Stores) -> TerminalSearch:
    return TerminalSearch(stores.terms, stores.locations, stores.rows, 1)


async def _register(stores: Stores) -> list[Terminal]:
    languages = [f"{first}{second}" for first in "abcdefg" for second in "abcdefghij"]
    terminals = [
        Terminal(
            id=f"t{number}",
            vendor="apns" if number % 2 else "fcm",
            token=f"k{number}",
            language=languages[number % GROUPS],
            user=f"u{number % 10}",
            tags=("vip",) if number % 3 else (),
        )
        for number in range(420)
    ]
    await stores.registry.register(APP, terminals)
    return terminals


async def _all_pages(
    search: TerminalSearch, user: str | None, filters: list[Audience], limit: int
) -> list[str]:
    found: list[str] = []
    place: Place | None = Place()
    while place is not None:
        page = await search.page(APP, user, filters, place, limit)
        assert len(page.terminals) <= limit
        found += [terminal.id for terminal in page.terminals]
        place = page.following
    assert len(found) == len(set(found))
    return sorted(found)


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_pages_together_hold_each_terminal_once(
    stores: Stores, search: TerminalSearch, limit: int
) -> None:
    terminals = await _register(stores)
    of_user = sorted(one.id for one in terminals if one.user == "u4" and one.tags)
    assert await _all_pages(search, "u4", [HasTag("vip")], limit) == of_user
    wanted = sorted(one.id for one in terminals if one.vendor == "apns" and one.tags)
    assert await _all_pages(search, None, [HasTag("vip"), OfVendor("apns")], limit) == wanted


async def test_a_user_with_many_terminals_is_searched_for_as_a_tag(
    stores: Stores, search: TerminalSearch
) -> None:
    many = [Terminal(f"m{number}", "fcm", f"m{number}", "en", user="robot") for number in range(300)]
    await stores.registry.register(APP, [*many, Terminal("x", "fcm", "x", "en", user="ann")])
    assert await _all_pages(search, "robot", [], 100) == sorted(one.id for one in many)


async def test_a_page_looks_at_a_part_of_a_registry_and_leads_on(
    redis: Redis, stores: Stores, search: TerminalSearch
) -> None:
    app = App("shop")
    # The blocks of a large registry, in which only the last range has a terminal.
    await redis.rpush("{shop:0}:blocks", *["apns/en"] * 64 * MAX_WINDOWS)
    await stores.registry.register(app, [Terminal("last", "fcm", "k", "en")])
    page = await search.page(app, None, [], Place(), 10)
    assert page.terminals == []
    assert page.following == Place(0, MAX_WINDOWS * 65_536)
    page = await search.page(app, None, [], page.following, 10)
    assert [terminal.id for terminal in page.terminals] == ["last"]
    assert page.following is None
