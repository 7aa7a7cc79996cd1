"""Turns selected slots of a shard into rows of a plan: each block with the states in which its
slots start. Pure.
"""

from collections.abc import Iterator
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import FailureCode, State
from pushgate.grouping.assignment import Assigned
from pushgate.grouping.selection import Selection, blocks_of, divide
from pushgate.ledger.values import Block, Failure, Planned, not_configured
from pushgate.scheduler.left_out import Judged


def has_expired(message: Envelope, now: datetime) -> bool:
    """Whether slots of a message start as expired."""
    is_missed = message.part is not None and message.part.is_missed
    return is_missed or now >= message.expires_at


def planned_rows(
    configured: ConfiguredApp, selection: Selection, judged: Judged, lost: str = "", *, is_over: bool
) -> Iterator[Planned]:
    """The rows of these slots: pending; expired where the message is over; rejected where `lost`
    says why nothing may be sent. Slots that are left out are cancelled; held slots have no row.
    """
    left_out = [(blocks_of(slots), reason) for slots, reason in judged.left_out]
    held = blocks_of(judged.held)
    for group, bits_by_block in selection.items():
        state, failure = State.PENDING, None
        if is_over:
            state = State.EXPIRED
        elif lost:
            state, failure = State.REJECTED, Failure(group.vendor, FailureCode.UNANSWERED, lost)
        elif group.vendor not in configured.vendors:
            # Another process may have settings for the vendor: until the message expires, the
            # job waits for a worker that has them.
            failure = not_configured(group.vendor)
        for number, bits in bits_by_block.items():
            block, rest = Block(group, number), bits
            for left, reason in () if group.inline else left_out:
                if cancelled := rest & left.get(number, 0):
                    yield Planned(block, cancelled, State.CANCELLED, reason(group.vendor))
                    rest ^= cancelled
            if not group.inline:
                rest &= ~held.get(number, 0)
            if rest:
                yield Planned(block, rest, state, failure)


def by_time(assigned: Assigned, lost: str, *, is_rest_lost: bool) -> tuple[Selection, Selection, Selection]:
    """Divide the selected slots into those that may have been sent, those that are sent now, and
    the rest of a message with variants. Who is left out of the rest is decided once there is a
    winner.

    `lost` is as in `planned_rows`; `is_rest_lost` says whether the rest may have been sent, too.
    """
    if lost and is_rest_lost:
        return assigned.selection, {}, {}
    others, rest = divide(assigned.selection, assigned.rest)
    return (others, {}, rest) if lost else ({}, others, rest)
