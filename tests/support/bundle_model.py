"""A model of bundles in plain Python, against which the scripts are held. It counts whole seconds,
and knows of labels only their codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pushgate.bundles.bundle_values import Verb
from pushgate.bundles.values import RESERVED, STATE_NUMBERS, STATES, CellKind
from pushgate.domain.outcome import ReceiptKind, State

PENDING, ACCEPTED, INVALID, REJECTED, EXPIRED, CANCELLED = range(6)
SETTLED = {Verb.ACCEPTED: ACCEPTED, Verb.INVALID: INVALID, Verb.REJECTED: REJECTED}
HELD = "quiet_hours"
"""The code of slots that are held until quiet hours end."""
RESUMABLE = (INVALID, REJECTED, EXPIRED)


@dataclass
class ModelSlot:
    """One send, and what became of it."""

    message: "ModelMessage"
    vendor: str
    terminal: tuple[int, int]
    state: int
    due_s: int
    expires_s: int
    code: str = ""
    attempts: int = 0
    is_in_doubt: bool = False
    receipts: set[ReceiptKind] = field(default_factory=set)
    in_flight: int = 0
    """Pushes of a message at most once that were sent and not taken back by a release."""

    @property
    def is_open(self) -> bool:
        return self.state in (PENDING, RESERVED)

    def come_to(self, state: int, code: str) -> None:
        """Come to a final state."""
        self.state, self.code = state, code

    def give_up(self) -> None:
        """Its worker is gone: the push may have been sent."""
        self.come_to(REJECTED, "unanswered")
        self.is_in_doubt = True

    def pend(self, due_s: int, code: str, attempts: int) -> bool:
        """Be pending again, but where it is reserved and its message was cancelled meanwhile."""
        if self.state == RESERVED and self.message.is_stopped:
            self.come_to(CANCELLED, "")
            return True
        self.state, self.due_s, self.code, self.attempts = PENDING, due_s, code, min(attempts, 255)
        return True

    def apply(self, verb: Verb, code: str, due_s: int, now_s: int) -> bool:
        """What `record` does; returns whether anything changed."""
        if verb in SETTLED:
            return self._settle(SETTLED[verb], code)
        if verb in (Verb.TRIED, Verb.UNCONFIRMED, Verb.POSTPONED):
            return self.is_open and self._pause(verb, code, due_s, now_s)
        if verb is Verb.RELEASE:
            return self.state == RESERVED and self.pend(now_s, self.code, self.attempts)
        if self.state != PENDING:
            return False
        match verb:
            case Verb.RESERVE:
                self.state = RESERVED
            case Verb.EXPIRED:
                self.come_to(EXPIRED, self.code or "ttl")
            case Verb.FORGOTTEN:
                self.come_to(CANCELLED, code)
        return True

    def _settle(self, to: int, code: str) -> bool:
        may_have_it = self.state == REJECTED and self.is_in_doubt
        is_late = self.state in (EXPIRED, CANCELLED) or may_have_it
        if not self.is_open and not (is_late and to == ACCEPTED):
            return False
        self.come_to(to, code)
        self.attempts = min(self.attempts + 1, 255) if self.attempts else 0
        if to == ACCEPTED:
            self.is_in_doubt = False
        return True

    def _pause(self, verb: Verb, code: str, due_s: int, now_s: int) -> bool:
        if verb is Verb.POSTPONED:
            known = self.code if self.attempts or not code else ""
            return self.pend(due_s, known or code, self.attempts)
        if verb is Verb.UNCONFIRMED and self.state == RESERVED:
            self.give_up()
            self.code = code or self.code
            return True
        if self.state == PENDING and verb is Verb.UNCONFIRMED:
            self.is_in_doubt = True
        if self.state == PENDING and self.attempts and self.due_s == due_s > now_s:
            return False  # the same once more
        return self.pend(due_s, code, self.attempts + 1)


@dataclass
class ModelMessage:
    """A message, and whom it is for: vendor and terminal of each send."""

    id: str
    place: tuple[int, int]
    index: int
    urgent: bool
    targets: list[tuple[str, tuple[int, int]]]
    at_most_once: bool
    expires_s: int
    kind: CellKind = CellKind.WAITS
    is_stopped: bool = False
    slots: list[ModelSlot] = field(default_factory=list)
    resumed: int = 0


@dataclass
class ModelBundle:
    """A bundle's slots, and its lease."""

    slots: dict[int, ModelSlot] = field(default_factory=dict)
    holder: str = ""
    held_until_ms: int = 0

    def is_held(self, now_ms: int) -> bool:
        return bool(self.holder) and self.held_until_ms > now_ms

    def open(self) -> int:
        return sum(slot.is_open for slot in self.slots.values())

    def due(self, now_s: int) -> list[int]:
        """The slots that a worker sends, or that have expired."""
        return [
            number
            for number, slot in sorted(self.slots.items())
            if slot.state == PENDING
            and (slot.expires_s <= now_s or (slot.due_s <= now_s and slot.code != HELD))
        ]

    def sent_now(self, now_s: int) -> list[int]:
        """The slots that are to be sent, though some of them may have expired."""
        return [number for number in self.due(now_s) if self.slots[number].due_s <= now_s]

    def deferred(self, now_s: int) -> list[int]:
        """The held slots whose quiet hours have ended."""
        return [
            number
            for number, slot in sorted(self.slots.items())
            if slot.state == PENDING and slot.due_s <= now_s and slot.code == HELD
        ]

    def times(self) -> list[int]:
        """When pending slots are to be sent or expire."""
        return [min(one.due_s, one.expires_s) for one in self.slots.values() if one.state == PENDING]

    def give_up_reserved(self) -> None:
        for slot in self.slots.values():
            if slot.state == RESERVED:
                slot.give_up()

    def take(self, holder: str, until_ms: int, now_ms: int) -> list[int]:
        """The slots to be sent; none where nothing is due. Nobody else holds it."""
        self.give_up_reserved()
        due = self.due(now_ms // 1000)
        self.holder, self.held_until_ms = (holder, until_ms) if due else ("", 0)
        return due

    def look(self, now_s: int) -> bool:
        """What a look does where nobody holds the bundle; returns whether it must be submitted, or
        decided about.
        """
        self.give_up_reserved()
        self.holder = ""
        for slot in self.slots.values():
            if slot.state == PENDING and slot.expires_s <= now_s:
                slot.come_to(EXPIRED, slot.code or "ttl")
        return bool(self.due(now_s) or self.deferred(now_s))

    def record(
        self,
        holder: str,
        until_ms: int | None,
        now_ms: int,
        changes: Sequence[tuple[Verb, Sequence[int], str, int]],
    ) -> tuple[bool, list[tuple[int, ...]]]:
        """Apply changes; returns whether the lease was held, and the slots that changed."""
        held, changed = self.is_held(now_ms) and self.holder == holder, []
        for verb, numbers, code, due_s in changes:
            counts = held or verb in SETTLED
            changed.append(
                tuple(n for n in numbers if counts and self.slots[n].apply(verb, code, due_s, now_ms // 1000))
            )
        if held and until_ms is not None:
            self.held_until_ms = until_ms
        elif held or not self.is_held(now_ms) or not self.open():
            self.holder = ""
        return held, changed


def kind_without_place(message: ModelMessage) -> CellKind | None:
    """What the cell of the message becomes, where it is placed in no bundle."""
    if len(message.targets) == 5:
        return CellKind.BECOMES_LARGE
    return None if message.targets else CellKind.NOBODY


def state_of(number: int) -> State:
    """The state as it is shown."""
    return STATES[number]


def number_of(state: State) -> int:
    """The state as a slot holds it."""
    return STATE_NUMBERS[state]
