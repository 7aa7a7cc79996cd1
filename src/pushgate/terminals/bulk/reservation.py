"""Reserves slots for an import that are not used yet."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.scripts import script
from pushgate.terminals.bulk.slot_bits import SlotRun
from pushgate.terminals.rows import pack_number


class Reservation:
    """Reserves fresh slots of one shard, by group. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, head: bytes) -> None:
        """`head` is the hash tag of the shard."""
        self._redis = redis
        self._head = head.decode()
        self._unused: dict[str, list[SlotRun]] = {}

    async def take(
        self, wanted: Mapping[str, int], names: Sequence[str]
    ) -> tuple[dict[str, list[SlotRun]], dict[str, bytes]]:
        """Take the wanted number of slots of each group; returns runs of slots by group, and the
        numbers of `names`.
        """
        taken = {group: self._take_unused(group, count) for group, count in wanted.items()}
        missing = {group: count - _size(taken[group]) for group, count in wanted.items()}
        groups = [group for group, count in missing.items() if count]
        args = [len(names), *names, *(part for group in groups for part in (group, missing[group]))]
        answer = await script("pushgate.terminals", "reserve")(self._redis, [self._head], args)
        numbers, runs = cast("tuple[list[int], list[list[int]]]", answer)
        for group, flat in zip(groups, runs, strict=True):
            pairs = zip(flat[::2], flat[1::2], strict=True)
            taken[group] += [SlotRun(first, first + count) for first, count in pairs]
        return taken, {name: pack_number(number) for name, number in zip(names, numbers, strict=True)}

    def put_back(self, taken: Mapping[str, Iterable[SlotRun]]) -> None:
        """Put back slots that are not used after all."""
        for group, runs in taken.items():
            self._unused.setdefault(group, []).extend(runs)

    def _take_unused(self, group: str, count: int) -> list[SlotRun]:
        taken, unused = list[SlotRun](), self._unused.get(group, [])
        while unused and count:
            run = unused.pop(0)
            end = min(run.end, run.first + count)
            taken.append(SlotRun(run.first, end))
            count -= end - run.first
            if end < run.end:
                unused.insert(0, SlotRun(end, run.end))
        return taken


def _size(runs: Iterable[SlotRun]) -> int:
    return sum(run.end - run.first for run in runs)
