"""The instants to wake at. Pure: instants in milliseconds in, instants out."""

from collections.abc import Iterable

TICK_MS = 50
"""Messages due within the same 50 ms share one wake-up: fewer timers than messages, and no push is early."""


def wakeups(due: Iterable[int], now: int) -> list[int]:
    """The distinct instants (ms since the epoch) at which a message is due, none before its push time."""
    return sorted({max(round_up_to_tick(push_at), now) for push_at in due})


def round_up_to_tick(push_at: int) -> int:
    """The end of the tick that this push time falls into, in ms since the epoch."""
    return -(-push_at // TICK_MS) * TICK_MS
