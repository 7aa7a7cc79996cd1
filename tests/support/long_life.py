"""Years of a registry by a clock that is set: what holes leave behind stays bounded, and nobody is
lost, doubled or mixed up.

`python -m tests.support.long_life --seed 2`
"""

import argparse
import asyncio
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from redis.asyncio import Redis
from tests.support.block_laws import check_blocks, read_blocks
from tests.support.clock import SetClock
from tests.support.engines import valkey_engine
from tests.support.hygiene import RETENTION, REUSE_AFTER, run_phases
from tests.support.long_life_model import GROUPS, Life, Model, Sent

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.message import MAX_TTL
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Group
from pushgate.hygiene.progress import FAULTS
from pushgate.hygiene.shard_blocks import read_blocks as read_shard_blocks
from pushgate.ledger.shard_scripts import read_blocks as read_states
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.client import connect
from pushgate.redis.hash_tags import tag
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores
from pushgate.terminals.bulk.registry import BulkRegistry

APP = App("life")
SHARD = 0
_SAMPLE = 150
_PASS_EVERY = 13
"""Steps from one whole pass of hygiene to the next; compaction runs in each step."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a life came to: most blocks and most that were allowed, blocks and bytes at the end, and
    bytes of the same terminals in a new registry.
    """

    terminals: int
    blocks_opened: int
    most_in_use: int
    in_use: int
    moved: int
    returned: int
    memory: int
    memory_of_new: int


class LongLife:
    """Lives step by step, and compares with the model after each."""

    def __init__(self, redis: Redis, clock: SetClock, model: Model, step_length: timedelta) -> None:
        self._redis, self._clock, self._model = redis, clock, model
        self._step_length = step_length
        self._stores = Stores.open(redis, clock, RETENTION)
        self._bulk = BulkRegistry(redis, clock, self._stores.registry)
        self._sent: list[Sent] = []
        steps = 2 * REUSE_AFTER // step_length + 2
        self._living: deque[Counter[Group]] = deque(maxlen=steps)
        self._freed: deque[Counter[Group]] = deque(maxlen=steps)
        """Terminals and slots that became free, by group, in each step of two reuse times."""
        self._changes: Counter[str] = Counter()
        self._most_in_use = 0

    async def live(self, steps: int, report: Callable[[str], object] = lambda _: None) -> Figures:
        """Live so many steps; raises AssertionError where something is not as it must be."""
        for step in range(steps):
            self._clock.advance(self._step_length.total_seconds())
            self._freed.append(Counter())
            await self._change_terminals(step)
            await self._send(step)
            await self._click()
            await self._expire()
            await self._check_outcomes()
            await self._check_audience()
            is_whole = step % _PASS_EVERY == _PASS_EVERY - 1 or step == steps - 1
            await self._look_after(whole=is_whole)
            await self._check_bound()
            if is_whole:
                await check_blocks(self._redis, APP)
                blocks = await read_blocks(self._redis, APP)
                report(
                    f"step {step + 1}: {len(self._model.known):,} terminals in {blocks.in_use} blocks, "
                    f"{len(blocks.spare)} spare, {self._changes['moved']:,} moved"
                )
        return await self._figures()

    async def _change_terminals(self, step: int) -> None:
        model, registry, today = self._model, self._stores.registry, self._clock.now().date()
        for group in GROUPS:
            present = model.of_group(group)
            change = model.wanted(group, step) - len(present)
            leaving = model.some(present, max(0, -change) + len(present) // 50)
            await registry.forget(APP, [known.life[0] for known in leaving])
            for known in leaving:
                model.forget(known)
            self._freed[-1][group] += len(leaving)
            arriving = list(model.arrivals(group, max(0, change) + len(leaving) // 4, today))
            async with self._bulk.open(APP) as bulk:
                await bulk.register([known.terminal() for known in arriving[::2]])
            await registry.register(APP, [known.terminal() for known in arriving[1::2]])
        everybody = list(model.known.values())
        for known in model.some(everybody, len(everybody) // 60):
            self._freed[-1][known.group] += 1
            model.move(known)
            known.seen = today
            await registry.register(APP, [known.terminal()])
        seen = model.some(everybody, len(everybody) // 10)
        for known in seen:
            known.seen = today
        await registry.register(APP, [known.terminal() for known in seen])

    async def _send(self, step: int) -> None:
        """Plan a message while compaction runs."""
        audience = self._model.audience(self._clock.now().date())
        moved, selection = await asyncio.gather(
            run_phases(APP, SHARD, self._stores.hygiene_phases[-3]), self._resolve(audience)
        )
        self._changes.update({change.value: count for change, count in moved.items()})
        now = self._clock.now()
        message = MessageShard(APP, SHARD, f"{step:030x}", now + MAX_TTL + RETENTION)
        planned = [
            Planned(Block(group, block), bits)
            for group, found in selection.items()
            for block, bits in found.items()
        ]
        await self._stores.plans.write(message, planned)
        slots = [slot for found in selection.values() for slot in bitmaps.slots(found)]
        ids = await self._stores.holders.ids(APP, SHARD, slots)
        wanted = {known.life[0]: known for known in self._model.held(audience)}
        assert Counter(ids.values()) == Counter(list(wanted)), f"{audience} holds others"
        for group, found in selection.items():
            assert all(wanted[ids[slot]].group == group for slot in bitmaps.slots(found))
        targets = {slot: wanted[name].life for slot, name in ids.items()}
        groups = {block: group for group, found in selection.items() for block in found}
        self._sent.append(Sent(message.message_id, now, message.keep_until, targets, groups))

    async def _resolve(self, audience: Audience) -> dict[Group, dict[int, int]]:
        async for _, selection in self._stores.resolver.resolve(APP, audience, ""):
            return {group: dict(found) for group, found in selection.items()}
        raise AssertionError

    async def _click(self) -> None:
        """Terminals report clicks, whether or not the message was for them."""
        everybody = list(self._model.known.values())
        for sent in self._sent:
            some = self._model.some(everybody, 20)
            refs = await self._stores.locations.locate(APP, [known.life[0] for known in some])
            verdicts = await self._stores.results.record_receipts(
                ReceiptKind.CLICKED, APP, sent.id, refs, sent.keep_until
            )
            lives = set(sent.targets.values())
            for known, verdict in zip(some, verdicts, strict=True):
                expected = -1 if known.life not in lives else 0 if known.life in sent.clicked else 1
                assert verdict == expected, f"{known} on a message of {sent.at:%Y-%m-%d}"
                if verdict == 1:
                    sent.clicked.add(known.life)

    async def _expire(self) -> None:
        """Redis forgets messages by its own clock; here this is done by the clock that is set."""
        for sent in [sent for sent in self._sent if sent.keep_until <= self._clock.now()]:
            self._sent.remove(sent)
            pattern = f"{tag(APP, SHARD)}:m:{sent.id}:*"
            keys = [key async for key in self._redis.scan_iter(pattern, count=5000)]
            await self._redis.unlink(*keys)

    async def _check_outcomes(self) -> None:
        """Every slot that a message counts on keeps its terminal, and leads to it or to nobody."""
        for sent in self._sent:
            slots = self._model.chance.sample(sorted(sent.targets), min(_SAMPLE, len(sent.targets)))
            ids = await self._stores.holders.ids(APP, SHARD, slots)
            assert ids == {slot: sent.targets[slot][0] for slot in slots}
            tokens = await self._stores.tokens.read_current(APP, SHARD, slots)
            followed = await self._stores.terms.follow(APP, SHARD, slots)
            places = await self._places([sent.targets[slot] for slot in slots])
            for slot in slots:
                life, block = sent.targets[slot], slot // bitmaps.SLOTS_PER_BLOCK
                place = places.get(life)
                assert followed.get(slot, slot) == (slot if place is None else place)
                vendor = sent.groups[block].vendor
                stays = place is not None and self._model.known[life[0]].group.vendor == vendor
                expected = f"token-{life[0]}-{life[1]}".encode() if stays else None
                assert tokens.get(slot) == expected, "a push would reach a stranger, or nobody"
            await self._check_clicks(sent)

    async def _places(self, lives: Sequence[Life]) -> dict[Life, int]:
        """Where lives that go on are now."""
        known = self._model.known
        going_on = [life for life in lives if life[0] in known and known[life[0]].life == life]
        refs = await self._stores.locations.locate(APP, [name for name, _ in going_on])
        return {life: found[0].slot for life, found in zip(going_on, refs, strict=True)}

    async def _check_clicks(self, sent: Sent) -> None:
        """The bits of clicks are those of the lives that clicked."""
        blocks = sorted({slot // bitmaps.SLOTS_PER_BLOCK for slot in sent.targets})
        rows = await read_states(
            self._redis, MessageShard(APP, SHARD, sent.id, sent.keep_until).key, ["clicked"], blocks
        )
        clicked = bitmaps.slots({block.number: bitmaps.from_bytes(row[0]) for block, row in rows.items()})
        assert Counter(sent.targets[slot] for slot in clicked) == Counter(sent.clicked)

    async def _check_audience(self) -> None:
        audience = self._model.audience(self._clock.now().date())
        count = await self._stores.resolver.count(APP, audience, "")
        expected = Counter(known.group for known in self._model.held(audience))
        assert count.groups == expected, audience

    async def _look_after(self, *, whole: bool) -> None:
        phases = self._stores.hygiene_phases if whole else self._stores.hygiene_phases[-2:-1]
        changes = await run_phases(APP, SHARD, *phases)
        assert not FAULTS & changes.keys(), "terms disagreed with rows"
        self._changes.update({change.value: count for change, count in changes.items()})

    async def _check_bound(self) -> None:
        """Blocks in use are bounded by what lived, and was freed, in two reuse times."""
        self._living.append(Counter(known.group for known in self._model.known.values()))
        allowed = 0
        for group in GROUPS:
            most = max(living[group] for living in self._living)
            held = most + sum(freed[group] for freed in self._freed)
            allowed += 3 + 2 * held // bitmaps.SLOTS_PER_BLOCK
        blocks = await read_shard_blocks(self._redis, APP, SHARD)
        in_use = len(blocks.groups) - len(blocks.spare)
        assert in_use <= allowed, f"{in_use} blocks are in use, {allowed} are allowed"
        self._most_in_use = max(self._most_in_use, in_use)

    async def _figures(self) -> Figures:
        """Rest for two reuse times, and compare with a new registry of the same terminals."""
        for _ in range(2):
            self._clock.advance(REUSE_AFTER.total_seconds() + 86_400)
            await self._expire()
            await self._look_after(whole=True)
            await self._check_audience()
        await check_blocks(self._redis, APP)
        blocks = await read_blocks(self._redis, APP)
        new = App("new")
        known = list(self._model.known.values())
        await self._stores.registry.register(new, [one.terminal() for one in known])
        return Figures(
            terminals=len(known),
            blocks_opened=len(blocks.groups),
            most_in_use=self._most_in_use,
            in_use=blocks.in_use,
            moved=self._changes["moved"],
            returned=self._changes["returned_blocks"],
            memory=await self._memory(APP),
            memory_of_new=await self._memory(new),
        )

    async def _memory(self, app: App) -> int:
        keys = [key async for key in self._redis.scan_iter(f"{tag(app, SHARD)}:*", count=5000)]
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.memory_usage(key, samples=0)
            return sum(await pipe.execute())


async def live(folder: Path, *, seed: int, steps: int, peak: int, days: int) -> Figures:
    """Live in a Valkey of its own."""
    engine = valkey_engine(folder).start()
    redis = connect(RedisSettings(url=engine.url))
    try:
        model = Model(seed, peak, steps)
        return await LongLife(redis, SetClock(), model, timedelta(days=days)).live(steps, print)
    finally:
        await redis.aclose()
        engine.stop()


def main() -> None:
    """Live as long as the command line says."""
    parser = argparse.ArgumentParser(description="Years of a registry by a clock that is set.")
    parser.add_argument("--steps", type=int, default=104, help="how many steps are lived")
    parser.add_argument("--days", type=int, default=7, help="days of one step")
    parser.add_argument("--peak", type=int, default=10_000, help="most terminals of each of three groups")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(
            live(Path(folder), seed=options.seed, steps=options.steps, peak=options.peak, days=options.days)
        )
    print(figures)  # noqa: T201  # a command


if __name__ == "__main__":
    main()
