"""Which moments to wake for. Pure: instants in milliseconds in, instants out."""

from collections.abc import Iterable

TICK_MS = 50
"""Pushes due within the same 50 ms share one wake-up: fewer timers than messages, and no one is early."""


def wakeups(due: Iterable[int], now: int) -> list[int]:
    """The distinct moments (ms since the epoch) at which something is due, none before its push time."""
    return sorted({max(round_up_to_tick(push_at), now) for push_at in due})


def round_up_to_tick(push_at: int) -> int:
    """The end of the 50 ms that this push time falls into."""
    return -(-push_at // TICK_MS) * TICK_MS
