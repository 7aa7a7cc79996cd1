"""The instants to wake at. Pure: instants in milliseconds in, instants out."""

from collections.abc import Iterable

TICK_MS = 50
"""Messages due within the same 50 ms share one wake-up, so that there are fewer timers."""


def wakeups(due: Iterable[int], now: int) -> list[int]:
    """The distinct instants at which messages are due, in ms since the epoch, none too early."""
    return sorted({max(round_up_to_tick(push_at), now) for push_at in due})


def round_up_to_tick(push_at: int) -> int:
    """The end of the tick that this push time falls into, in ms since the epoch."""
    return -(-push_at // TICK_MS) * TICK_MS
