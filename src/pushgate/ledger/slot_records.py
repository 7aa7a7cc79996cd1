"""Reads the results of single terminals in large messages."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger import slot_sets
from pushgate.ledger.shard_scripts import BLOCKS_PER_SCRIPT, FIRST_CURSOR
from pushgate.ledger.values import Failure, ended_state, message_key, parse_label
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions, script

_DOUBT = "doubt"
_ARM = "arm:"
REST = -1
"""Stands for a variant where the terminal is of the rest."""
_VALUES = 6
"""Values of a slot in a script's answer."""
_BITS_PER_SCRIPT = 1000
"""Bits that a script reads, one for each slot and message: every other client waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """One terminal of a large message, and what became of the push.

    `failed_at` is the beginning of the minute in which a failure was recorded. `due_at` is when a
    job for a pending terminal was or will be submitted. The failure of a pending terminal is the
    result of its last attempt, or why there was none. `arm` is the number of its variant, REST for
    one that waits for a winner or got it, None in a message without variants.
    """

    group: Group
    state: State
    failure: Failure | None
    failed_at: datetime | None
    receipts: frozenset[ReceiptKind]
    in_doubt: bool
    due_at: datetime | None
    arm: int | None = None


@dataclass(frozen=True, slots=True)
class ShardRecord:
    """What a shard of a message knows about a terminal: whether the shard was planned, the state in
    which it was ended, and the terminal's record. The record is None where the message is not for
    the terminal, or holds it out.
    """

    is_planned: bool
    ended: State | None
    found: SlotRecord | None
    is_held_out: bool = False


class SlotRecords:
    """The terminals of all large messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, app: App, message_id: str, shard: int, slots: Sequence[int]) -> ShardRecord:
        """What became of a terminal, by the first of its slots in this shard that the message is
        for.
        """
        args = [part for slot in slots for part in bitmaps.split_slot(slot)]
        key = message_key(app, shard, message_id)
        answer = await script("pushgate.ledger", "read_slot")(self._redis, [key], args)
        marker, planned, *values = cast("list[bytes]", answer)
        is_held_out = values == [slot_sets.HELD_OUT.encode()]
        record = _record(values) if values and not is_held_out else None
        return ShardRecord(bool(planned), ended_state(marker), record, is_held_out)

    async def read_history(
        self, app: App, shard: int, slots: Sequence[int], message_ids: Sequence[str], max_pushes: int
    ) -> tuple[dict[str, SlotRecord], int]:
        """The results of one terminal, which has or had these slots, in each of these messages that
        is for it; and how many of the messages were looked at until `max_pushes` were found.

        Messages that brought push tokens are passed over.
        """
        args = [part for slot in slots for part in bitmaps.split_slot(slot)]
        call, found, looked_at = script("pushgate.ledger", "read_history"), dict[str, SlotRecord](), 0
        for some in portions(message_ids, max(1, _BITS_PER_SCRIPT // max(1, len(slots)))):
            wanted: list[Value] = [max_pushes - len(found), len(slots), *args, *some]
            seen, *flat = cast("list[bytes]", await call(self._redis, [tag(app, shard)], wanted))
            rows = (flat[start : start + _VALUES + 1] for start in range(0, len(flat), _VALUES + 1))
            found |= {message_id.decode(): _record(values) for message_id, *values in rows}
            looked_at += int(seen)
            if len(found) == max_pushes:
                break
        return found, looked_at

    async def departed(self, app: App, message_id: str, shard: int) -> AsyncIterator[list[int]]:
        """The shard's slots that the message is for and whose terminals left them, in portions.

        A terminal leaves its slot when it is forgotten, or goes to another group.
        """
        call, key, cursor = (
            script("pushgate.ledger", "departed"),
            message_key(app, shard, message_id),
            FIRST_CURSOR,
        )
        while True:
            cursor, *flat = cast("list[bytes]", await call(self._redis, [key], [cursor, BLOCKS_PER_SCRIPT]))
            yield [
                int(block) * bitmaps.SLOTS_PER_BLOCK + offset
                for block, bits in zip(flat[::2], flat[1::2], strict=True)
                for offset in bitmaps.offsets(bitmaps.from_bytes(bits))
            ]
            if cursor == FIRST_CURSOR:
                return


def _record(values: Sequence[bytes]) -> SlotRecord:
    group, name, marks, label, minute, due_ms = values
    state, names = State(name.decode()), frozenset(marks.decode().split())
    is_due_known = state is State.PENDING and int(due_ms) > 0
    return SlotRecord(
        group=Group.parse(group.decode()),
        state=state,
        failure=parse_label(label.decode())[1] if label else None,
        failed_at=from_ms(int(minute) * 60_000) if int(minute) else None,
        receipts=frozenset(receipt for receipt in ReceiptKind if receipt.value in names),
        in_doubt=_DOUBT in names,
        arm=_arm_in(names),
        due_at=from_ms(int(due_ms)) if is_due_known else None,
    )


def _arm_in(names: Iterable[str]) -> int | None:
    for name in names:
        if name == slot_sets.REST:
            return REST
        if name.startswith(_ARM):
            return int(name.removeprefix(_ARM))
    return None
