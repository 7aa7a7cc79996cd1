"""The terminals of a message as they are listed: values, and the place at which a page begins.
Pure.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pushgate.bundles.account_values import MessageSlot, SmallAccount
from pushgate.domain import bitmaps
from pushgate.domain.audience import ByToken
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import FAILED, ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.ledger.block_records import BlockRecord
from pushgate.ledger.values import Failure, parse_label
from pushgate.terminals.lookup import TerminalName

_MAX_SLOT = 1 << 32
_NOBODY = TerminalName()


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place among the terminals of a message, at which a page begins: a shard and a slot of a
    large message, 0 and the number of a terminal of a small one. `part` is the number of the part,
    in a message that goes out in parts.
    """

    shard: int = 0
    slot: int = 0
    part: int = 0

    def text(self) -> str:
        """Text form for callers: URL-safe base64."""
        place = f"{self.shard} {self.slot} {self.part}" if self.part else f"{self.shard} {self.slot}"
        return base64.urlsafe_b64encode(place.encode()).decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read the text form back. Raises ValueError."""
        parts = base64.b64decode(text, b"-_", validate=True).decode("ascii").split(" ")
        if len(parts) not in (2, 3) or not all(part.isdecimal() for part in parts):
            raise ValueError("not a cursor")
        found = cls(*map(int, parts))
        if len(parts) > 2 and not found.part:
            raise ValueError("not a cursor")
        return found

    def check(self, shards: int, slots: int = _MAX_SLOT, parts: int = 0) -> None:
        """Raise ValueError for a place that a message with this number of shards and parts does not
        have.
        """
        if self != Cursor() and not (self.shard < shards and self.slot < slots and self.part <= parts):
            raise ValueError("not a cursor of this message")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTerminal:
    """A terminal of a message, and the result of its push.

    `group` is the terminal's group when the message was planned. `at` is when the terminal came to
    its state: to the second in a small message; in a large one only that of failures is known, as
    the beginning of the minute. Times of receipts are known only for small messages. `failure` is
    set for terminals that were not reached.
    """

    place: Cursor
    name: TerminalName
    group: Group
    state: State
    failure: Failure | None
    at: datetime | None
    receipts: frozenset[ReceiptKind]
    receipt_times: Mapping[ReceiptKind, datetime]


def of_small_slot(
    account: SmallAccount, place: int, slot: MessageSlot, names: Mapping[tuple[int, int], TerminalName]
) -> ListedTerminal:
    """A terminal of a small message. `names` are those of registered terminals, by shard and
    slot.
    """
    if slot.is_inline:
        name = TerminalName(token=_inline_token(account, slot))
    else:
        name = names.get((slot.terminal_shard, slot.terminal_slot), _NOBODY)
    has_reason = slot.label and slot.state in (*FAILED, State.CANCELLED)
    return ListedTerminal(
        place=Cursor(0, place),
        name=name,
        group=slot.group,
        state=slot.state,
        failure=parse_label(slot.label)[1] if has_reason else None,
        at=None if slot.state is State.PENDING else from_ms(slot.since_s * 1000),
        receipts=frozenset(slot.receipt_times),
        receipt_times={kind: from_ms(second * 1000) for kind, second in slot.receipt_times.items()},
    )


def _inline_token(account: SmallAccount, slot: MessageSlot) -> str | None:
    """The push token that the message brought for this slot; None where its content was dropped."""
    audience = account.message.audience if account.message else None
    return audience.tokens[slot.terminal_slot].token if isinstance(audience, ByToken) else None


def of_block(
    shard: int, record: BlockRecord, bits: int, names: Mapping[int, TerminalName]
) -> Iterator[ListedTerminal]:
    """Terminals of a block of a large message, in the order of their slots. `names` are by
    offset.
    """
    first = record.block.number * bitmaps.SLOTS_PER_BLOCK
    states = {offset: state for state in State for offset in bitmaps.offsets(record.sets[state] & bits)}
    failures = {offset: failed for failed in record.failed for offset in bitmaps.offsets(failed.bits & bits)}
    receipts: dict[int, frozenset[ReceiptKind]] = {}
    for kind in ReceiptKind:
        for offset in bitmaps.offsets(record.sets[kind] & bits):
            receipts[offset] = receipts.get(offset, frozenset()) | {kind}
    for offset in sorted(states):
        failed = failures.get(offset)
        yield ListedTerminal(
            place=Cursor(shard, first + offset),
            name=names.get(offset, _NOBODY),
            group=record.block.group,
            state=states[offset],
            failure=failed.failure if failed else None,
            at=failed.at if failed else None,
            receipts=receipts.get(offset, frozenset()),
            receipt_times={},
        )
