"""Writes events of a portion's registrations for readers. Pure.

The epoch is watched: it changes when the first reader comes, and when the last one leaves.
"""

import struct
from collections.abc import Iterable, Sequence
from itertools import groupby

from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.portion import Newcomer
from pushgate.terminals.bulk.slot_bits import SlotRun

_REGISTERED = 8
_COUNT = struct.Struct(">H")
_AT_BYTES = 6


def epoch_key(head: bytes) -> bytes:
    """The key of the epoch of the shard with this hash tag; `entries.lua` describes it."""
    return head + b":epoch"


def ask_for_readers(commands: Commands, head: bytes) -> None:
    """Ask for the epoch, and whether anybody reads; two answers."""
    commands.add(b"GET", epoch_key(head))
    commands.add(b"EXISTS", head + b":readers")


def write_registered(
    commands: Commands,
    head: bytes,
    epoch: bytes,
    placed: Iterable[tuple[SlotRun, Sequence[Newcomer]]],
    now_ms: int,
) -> None:
    """Append an entry that tells of the terminals that get slots, in the order of their groups."""
    parts = [now_ms.to_bytes(_AT_BYTES, "big")]
    for group, runs in groupby(placed, lambda item: item[1][0].group):
        slots = [slot for run, _ in runs for slot in range(run.first, run.end)]
        name = group.encode()
        parts += (bytes((_REGISTERED, len(name))), name, _COUNT.pack(len(slots)))
        parts.append(struct.pack(f">{len(slots)}I", *slots))
    commands.add(b"XADD", head + b":events", epoch + b"-*", b"e", b"".join(parts))
