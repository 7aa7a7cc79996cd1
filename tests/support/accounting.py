"""The law of accounting: each targeted terminal is in one state, and the counters equal the
bits.
"""

from collections import Counter
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.outcome import FAILED, State
from pushgate.domain.terminal import Group
from pushgate.ledger.block_records import BlockRecord, BlockRecords
from pushgate.ledger.report import Report
from pushgate.ledger.results import ResultStore
from pushgate.ledger.values import MessageShard, message_key
from pushgate.redis.hash_tags import tag

APP = App("shop", 2)
GROUP = Group("apns", "en")


async def bits_of(redis: Redis, shard: MessageShard, name: str) -> dict[int, int]:
    """The slots in one of the message's sets, by block, whatever form they are stored in."""
    found: dict[int, int] = {}
    fields = cast("dict[bytes, bytes]", await redis.hgetall(f"{shard.key}:{name}"))
    for number, value in fields.items():
        offsets = [int.from_bytes(value[at : at + 2], "little") for at in range(0, len(value), 2)]
        whole = len(value) == bitmaps.BYTES_PER_BLOCK
        found[int(number)] = bitmaps.from_bytes(value) if whole else bitmaps.from_offsets(offsets)
        assert found[int(number)], "a block without slots is not stored"
    for number in cast("list[bytes]", await redis.hkeys(f"{shard.key}:ranges")):
        raw = cast("bytes | None", await redis.get(f"{shard.key}:{name}:{number.decode()}"))
        found |= bitmaps.blocks_of_range(int(number), raw or b"")
    return found


async def group_of(redis: Redis, shard: MessageShard, block: int) -> Group:
    """The group of a block of the message."""
    brought = cast("bytes | None", await redis.hget(f"{shard.key}:blocks", str(block)))
    listed = brought or await redis.lindex(f"{tag(shard.app, shard.shard)}:blocks", block)
    return Group.parse(cast("bytes", listed).decode())


async def assert_law(redis: Redis, results: ResultStore, shards: Sequence[MessageShard]) -> None:
    """Bits: every targeted slot in one state. Counters: the bits."""
    report = await results.report(APP, shards[0].message_id)
    await assert_received(redis, report, shards)
    assert report.targeted == sum(report.states.values())
    targeted = 0
    states = dict.fromkeys((state.value for state in State), 0)
    for shard in shards:
        whole = await bits_of(redis, shard, "targeted")
        by_state = {state.value: await bits_of(redis, shard, state.value) for state in State}
        for field, bits in whole.items():
            together = 0
            for found in by_state.values():
                here = found.get(field, 0)
                assert not together & here, "a terminal is in two states"
                together |= here
            assert together == bits, "a terminal is in no state"
            targeted += bits.bit_count()
        for state, found in by_state.items():
            states[state] += sum(bits.bit_count() for bits in found.values())
    assert report.targeted == targeted
    assert report.states == states
    await assert_failures(redis, report, shards[0].message_id)
    if states["pending"]:
        assert await results.open_count(APP, shards[0].message_id) > 0, "pending terminals must count as open"


async def assert_failures(redis: Redis, report: Report, message_id: str) -> None:
    """The failures by terminal are those that are counted."""
    listed, counted = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for shard in range(APP.shards):
        for record in await failed_blocks(redis, message_key(APP, shard, message_id)):
            for item in record.failed:
                key = item.failure.vendor, item.state.value, item.failure.code, item.failure.reason
                listed[key] += item.bits.bit_count()
    for total in report.failures:
        if total.state in (*FAILED, State.CANCELLED):
            counted[total.vendor, total.state, total.code, total.reason] += total.count
    assert listed == counted, "the failures by terminal are not those that are counted"


async def failed_blocks(redis: Redis, key: str) -> list[BlockRecord]:
    """The blocks that have failures; `key` is the head of the message's keys in a shard."""
    numbers = cast("list[bytes]", await redis.hkeys(f"{key}:failed"))
    return await BlockRecords(redis).read(key, sorted(map(int, numbers)))


async def assert_received(redis: Redis, report: Report, shards: Sequence[MessageShard]) -> None:
    """A terminal that clicked has received; each counts once, whatever else is known of it."""
    names = ("accepted", "delivered", "clicked")
    by_group: dict[tuple[str, str], Counter[str]] = {}
    for shard in shards:
        accepted, delivered, clicked = [await bits_of(redis, shard, name) for name in names]
        for field in accepted.keys() | delivered.keys() | clicked.keys():
            group = await group_of(redis, shard, field)
            a, d, c = (found.get(field, 0) for found in (accepted, delivered, clicked))
            counts = {"delivered": d, "clicked": c, "with_delivery": d | c, "with_acceptance": a | c}
            counted_bits = by_group.setdefault((group.vendor, group.language), Counter())
            counted_bits.update({name: bits.bit_count() for name, bits in counts.items()})
    received = 0
    for counted in report.groups:
        bits = by_group.get((counted.vendor, counted.language), Counter[str]())
        expected = bits["with_delivery"] if bits["delivered"] else bits["with_acceptance"]
        assert (counted.delivered, counted.clicked, counted.received) == (
            bits["delivered"],
            bits["clicked"],
            expected,
        )
        received += expected
    assert report.received == received
    assert report.clicked <= report.received
