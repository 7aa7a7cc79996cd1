"""A scan reads every terminal, wherever it moves meanwhile."""

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.errors import Conflict
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.bulk.scan import Position, ScannedBlock
from pushgate.terminals.term_reader import MAX_LOGGED_MOVES

APP = App("shop", shards=2)


def terminal(name: str, language: str) -> Terminal:
    return Terminal(name, "apns", f"token-{name}", language, tags=("vip", name), attributes={"level": 3})


async def scan(stores: Stores, start: Position | None = None) -> list[ScannedBlock]:
    return [scanned async for scanned in stores.terminal_scan.read(APP, start or Position())]


def names(scanned: list[ScannedBlock]) -> list[str]:
    return [terminal.id for block in scanned for terminal in block.terminals]


async def test_a_scan_reads_terminals_as_they_were_registered_and_goes_on_anywhere(stores: Stores) -> None:
    known = [terminal(f"t{number}", ("en", "ja")[number % 2]) for number in range(100)]
    await stores.registry.register(APP, known)
    scanned = await scan(stores)
    found = [item for block in scanned for item in block.terminals]
    plain = {item.id: replace(item, last_seen=None, registered_at=None) for item in found}
    assert plain == {item.id: item for item in known}
    for number, block in enumerate(scanned):
        rest = await scan(stores, block.then)
        assert names(rest) == names(scanned[number + 1 :])


async def test_a_terminal_that_moves_behind_the_scan_is_read_again(stores: Stores) -> None:
    app = App("shop")
    await stores.registry.register(
        app, [terminal("behind", "ja"), terminal("moves", "en"), terminal("jumps", "en")]
    )
    found: list[list[str]] = []
    async for block in stores.terminal_scan.read(app, Position()):
        found.append([item.id for item in block.terminals])
        if len(found) == 1:
            for language in ("ja", "fr", "ja"):
                await stores.registry.register(app, [terminal("jumps", language)])
            await stores.registry.register(app, [terminal("moves", "ja")])
    assert found[0] == ["behind"]
    assert {"moves", "jumps"} <= {name for block in found[1:] for name in block}


async def test_a_scan_that_cannot_know_all_moves_says_so(stores: Stores, redis: Redis) -> None:
    await stores.registry.register(APP, [terminal("t", "en")])
    await redis.set("{shop:0}:moves:total", MAX_LOGGED_MOVES + 1)
    await redis.set("{shop:1}:moves:total", MAX_LOGGED_MOVES + 1)
    with pytest.raises(Conflict, match="begin again"):
        await scan(stores, Position(0, 0, 0)) + await scan(stores, Position(1, 0, 0))


async def test_a_name_that_is_gone_is_left_out(stores: Stores, redis: Redis) -> None:
    app = App("shop")
    await stores.registry.register(app, [terminal("t", "en")])
    assert await redis.delete("{shop:0}:named:0") == 1
    (scanned,) = [block async for block in stores.terminal_scan.read(app, Position())]
    assert [(item.id, item.tags) for item in scanned.terminals] == [("t", ())]
