"""Parts of entries -> drafts of events, in which terminals are not named and messages not looked up
yet. Pure.

A part is cut into events at fixed places, so that ids and boundaries are the same at each reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple, TypeAlias, assert_never

from pushgate.bundles.event_sends import BundleSend
from pushgate.bundles.values import INLINE
from pushgate.domain import bitmaps
from pushgate.domain.event_type import EventType
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group
from pushgate.eventlog.entries import (
    AppEvent,
    EpochBegan,
    LargeMoves,
    LargePlanned,
    LargeReceipts,
    MessageChanged,
    Part,
    Registered,
    Removed,
    Shard,
    SmallMoves,
    SmallReceipts,
    Snapshot,
    StepTold,
)
from pushgate.events.sums import snapshot_fields
from pushgate.events.wanted import Form

MAX_TERMINALS = 512
"""Terminals of one event."""
_TYPES = {one.value: one for one in EventType}
_ROLLED_BACK = ("rolled_back", "lost")

_TYPES_OF_PARTS: Mapping[type[Part], EventType] = {
    LargePlanned: EventType.MESSAGE_PLANNED,
    StepTold: EventType.TERMINAL_NOT_REACHED,
    Registered: EventType.TERMINAL_REGISTERED,
    Removed: EventType.TERMINAL_REMOVED,
    Snapshot: EventType.MESSAGE_SNAPSHOT,
}
_OF_MESSAGES = frozenset(
    (
        EventType.MESSAGE_SCHEDULED,
        EventType.MESSAGE_SENDING,
        EventType.MESSAGE_PAUSED,
        EventType.MESSAGE_SENT,
        EventType.MESSAGE_CANCELLED,
    )
)

Sends: TypeAlias = Mapping[int, Sequence[BundleSend | None]]
"""The sends of bundles by their slots."""


class TerminalPlace(NamedTuple):
    """A slot of the registry; or, with a message, a push token that the message brought: its number
    among the tokens in the shard `INLINE`, or its slot in the shard of a large message.
    """

    shard: int
    slot: int
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event without the parts that must be looked up. `suffix` is the end of its id."""

    type: EventType
    suffix: str
    message_id: str = ""
    group: Group | None = None
    terminals: Sequence[TerminalPlace] | None = None
    """None for an event that is about no terminals."""
    is_single: bool = False
    """Whether the event is about one terminal, in the expanded form."""
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def repeats_message(self) -> bool:
        """Whether the event, expanded, has data of its message."""
        return bool(self.message_id) and (self.is_single or self.type in _OF_MESSAGES)

    @property
    def weight(self) -> int:
        """How many terminals the event names, and at least 1."""
        return max(1, len(self.terminals or ()))


def type_of(part: Part) -> EventType | None:
    """The type of all events of a part; None for a part that tells readers nothing."""
    match part:
        case LargeMoves(to=to) | SmallMoves(to=to):
            return _TYPES[f"terminal.{to.value}"]
        case LargeReceipts(receipt=receipt) | SmallReceipts(receipt=receipt):
            return _TYPES[f"terminal.{_told_as(receipt).value}"]
        case MessageChanged(status=status):
            return _TYPES.get(f"message.{status.value}")
        case AppEvent(type=name):
            return _TYPES.get(name)
        case EpochBegan(reason=reason):
            return EventType.STORE_ROLLED_BACK if reason in _ROLLED_BACK else None
        case LargePlanned() | StepTold() | Registered() | Removed() | Snapshot():
            return _TYPES_OF_PARTS[type(part)]
    assert_never(part)


def drafts_of(
    part: Part, number: int, shard: Shard, sends: Sends, form: Form, first: int = 0
) -> Iterator[Draft]:
    """The events of the part with this number in its entry, in their order, from the event with the
    number `first` on.
    """
    if first and form is Form.EXPANDED and isinstance(part, LargeMoves | LargeReceipts | StepTold):
        # Each slot is an event, so earlier ones need not be made.
        part = replace(part, slots=part.slots & ~bitmaps.lowest(part.slots, first))
        first = 0
    yield from islice(_drafts_of(part, number, shard, sends, form), first, None)


def _drafts_of(part: Part, number: int, shard: Shard, sends: Sends, form: Form) -> Iterator[Draft]:
    event_type = type_of(part)
    home = shard if isinstance(shard, int) else INLINE
    if event_type is None:
        return
    match part:
        case LargeMoves() | LargeReceipts() | StepTold():
            yield from _of_block(part, event_type, number, home, form)
        case SmallMoves() | SmallReceipts():
            yield from _of_bundle(part, event_type, number, sends, form)
        case Registered(group=group, slots=slots) | Removed(group=group, slots=slots):
            places = [TerminalPlace(home, slot) for slot in slots]
            yield from _cut(
                Draft(type=event_type, suffix="", group=Group.parse(group)),
                number,
                list(enumerate(places)),
                form,
            )
        case _:
            message_id, of_group, fields = _about(part)
            yield Draft(
                type=event_type, suffix=str(number), message_id=message_id, group=of_group, fields=fields
            )


def _about(part: Part) -> tuple[str, Group | None, Mapping[str, object]]:
    """Message, group and fields of a part that is about no single terminals."""
    match part:
        case LargePlanned(message_id=message_id, group=group, count=count):
            return message_id, Group.parse(group), {"from": None, "to": State.PENDING.value, "count": count}
        case MessageChanged(message_id=message_id, status=status):
            return message_id, None, {"status": status.value}
        case Snapshot(message_id=message_id, counts=counts):
            return message_id, None, snapshot_fields(counts)
        case AppEvent(fields=fields):
            return fields.get("message", ""), None, dict(fields)
    return "", None, {}


def _of_block(
    part: LargeMoves | LargeReceipts | StepTold, event_type: EventType, number: int, shard: int, form: Form
) -> Iterator[Draft]:
    group, first = Group.parse(part.group), part.block * bitmaps.SLOTS_PER_BLOCK
    brought_by = part.message_id if group.inline else ""
    draft = Draft(
        type=event_type, suffix="", message_id=part.message_id, group=group, fields=_fields_of(part)
    )
    slots = [
        (offset, TerminalPlace(shard, first + offset, brought_by)) for offset in bitmaps.offsets(part.slots)
    ]
    if form is Form.EXPANDED or len(slots) <= MAX_TERMINALS:
        yield from _cut(draft, number, slots, form)
        return
    half = bitmaps.SLOTS_PER_BLOCK // 2
    yield from _cut(draft, number, [one for one in slots if one[0] < half], form)
    yield from _cut(draft, number, [one for one in slots if one[0] >= half], form)


def _of_bundle(
    part: SmallMoves | SmallReceipts, event_type: EventType, number: int, sends: Sends, form: Form
) -> Iterator[Draft]:
    of_bundle, fields = sends.get(part.bundle, ()), _fields_of(part)
    together: dict[tuple[str, Group], list[tuple[int, TerminalPlace]]] = {}
    for slot in bitmaps.offsets(part.slots):
        send = of_bundle[slot] if slot < len(of_bundle) else None
        if send is None:
            continue  # the results of its message are kept no longer
        brought_by = send.message_id if send.terminal_shard == INLINE else ""
        place = TerminalPlace(send.terminal_shard, send.terminal_slot, brought_by)
        together.setdefault((send.message_id, send.group), []).append((slot, place))
    for (message_id, group), slots in together.items():
        draft = Draft(type=event_type, suffix="", message_id=message_id, group=group, fields=fields)
        yield from _cut(draft, number, slots, form)


def _cut(
    draft: Draft, number: int, slots: Sequence[tuple[int, TerminalPlace]], form: Form
) -> Iterator[Draft]:
    """Events of these slots: one for each slot, or one for as many slots as an event may name."""
    size = 1 if form is Form.EXPANDED else MAX_TERMINALS
    for start in range(0, len(slots), size):
        some = slots[start : start + size]
        first, last = some[0][0], some[-1][0]
        yield Draft(
            type=draft.type,
            suffix=f"{number}.{first}" if form is Form.EXPANDED else f"{number}.{first}-{last}",
            message_id=draft.message_id,
            group=draft.group,
            terminals=[place for _, place in some],
            is_single=form is Form.EXPANDED,
            fields=draft.fields,
        )


def _fields_of(
    part: LargeMoves | LargeReceipts | StepTold | SmallMoves | SmallReceipts,
) -> Mapping[str, object]:
    if isinstance(part, StepTold):
        return {"step": part.step, "unless": part.unless}
    if isinstance(part, LargeReceipts | SmallReceipts):
        return {"unproven": True} if part.receipt is ReceiptKind.UNPROVEN else {}
    code = reason = None
    if part.label:
        _, _, code, reason = part.label.split("|", 3)
    return {"from": _name(part.from_), "to": part.to.value, "code": code, "reason": reason}


def _told_as(receipt: ReceiptKind) -> ReceiptKind:
    return ReceiptKind.CLICKED if receipt is ReceiptKind.UNPROVEN else receipt


def _name(state: State | None) -> str | None:
    return state.value if state else None
