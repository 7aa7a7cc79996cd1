"""The history of a terminal with many former slots, read in pieces."""

from redis.asyncio import Redis
from tests.support.redis_work import work

from pushgate.domain.app import App
from pushgate.domain.bitmaps import SLOTS_PER_BLOCK
from pushgate.ledger.slot_records import SlotRecords

APP = App("shop")
MESSAGES = [f"{number:030x}" for number in range(200)]
SLOTS = [number * SLOTS_PER_BLOCK for number in range(65)]


async def test_a_terminal_that_moved_often_keeps_others_waiting_no_longer(redis: Redis) -> None:
    for message in MESSAGES:
        await redis.hset(f"{{shop:0}}:m:{message}:targeted", "9000", b"\0\0")
    records = SlotRecords(redis)
    await records.read_history(APP, 0, [0], MESSAGES, 50)  # loads the script
    await redis.config_resetstat()
    found: list[int] = []

    async def read() -> None:
        found.append((await records.read_history(APP, 0, SLOTS, MESSAGES, 50))[1])

    done = await work(redis, read())
    assert found == [len(MESSAGES)]
    assert done.calls["hget"] / done.calls["evalsha"] <= 1000
