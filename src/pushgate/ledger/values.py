"""Values of the ledger: a message's shard, blocks, planned slots, moves between states, and what
scripts answer. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pushgate.domain.app import App
from pushgate.domain.escalation import Unless
from pushgate.domain.outcome import FailureCode, State
from pushgate.domain.terminal import Group
from pushgate.redis.hash_tags import tag

NOT_CONFIGURED_REASON = "no worker that has settings for the vendor took it before the time to live was over"
_MAX_CODE = 64
_MAX_REASON = 200
"""Characters of a failure's code and reason that are stored."""


@dataclass(frozen=True, slots=True)
class MessageShard:
    """One message in one shard of its app, and until when Redis keeps its data."""

    app: App
    shard: int
    message_id: str
    keep_until: datetime

    @property
    def key(self) -> str:
        """The head of the message's keys in this shard."""
        return message_key(self.app, self.shard, self.message_id)


def message_key(app: App, shard: int, message_id: str) -> str:
    """The head of a message's keys in one shard; `shard.lua` lists them."""
    return f"{tag(app, shard)}:m:{message_id}"


@dataclass(frozen=True, slots=True)
class Block:
    """A block: 1,024 consecutive slots of one group, numbered in the shard.

    The blocks of an inline group are numbered in the message.
    """

    group: Group
    number: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why terminals ended in their state: a code and its meaning. Never content.

    `code` is the vendor's, or one of `FailureCode`.
    """

    vendor: str
    code: str
    reason: str

    def label(self, state: State) -> str:
        """Text form, bounded: `apns|invalid|BadDeviceToken|the token is not one`."""
        parts = (self.vendor, state.value, self.code[:_MAX_CODE], self.reason[:_MAX_REASON])
        return "|".join(part.replace("|", "/") for part in parts)


def not_configured(vendor: str) -> Failure:
    """Why slots expire without an attempt: no process had settings for their vendor."""
    return Failure(vendor, FailureCode.VENDOR_NOT_CONFIGURED, f"never sent: {NOT_CONFIGURED_REASON}")


@dataclass(frozen=True, slots=True)
class Planned:
    """Slots of a block and the state in which they start. A block may have slots in several states.

    The failure of pending slots is the reason if they expire without an attempt.
    """

    block: Block
    bits: int
    state: State = State.PENDING
    failure: Failure | None = None


class Wait(StrEnum):
    """What a released block with pending slots waits for."""

    RETRY = "retry"
    """An instant: nothing of the block is sent before."""
    ALONE = "alone"
    """An instant, for those pending slots that were tried. Other slots do not wait."""
    CANARY = "canary"
    """The end of the message's canary, or an instant if that comes first."""


class MoveKind(StrEnum):
    """What a move records: a final state, a reservation for an at-most-once send, or an attempt."""

    FINAL = "final"
    """The terminal's state is settled."""
    RESERVE = "reserve"
    """The terminal counts as being in this state during its at-most-once send. The vendor's answer
    settles the state.
    """
    RELEASE = "release"
    """The terminal was reserved and not sent."""
    TRIED = "tried"
    """An attempt settled nothing, because the vendor refused it for now. No terminal moves."""
    UNCONFIRMED = "unconfirmed"
    """An attempt was sent and not answered, so the terminal may have the message. No terminal
    moves.
    """
    POSTPONED = "postponed"
    """There was no attempt, for this reason. No terminal moves."""


@dataclass(frozen=True, slots=True)
class Move:
    """Slots of a block that go from state `origin` to state `to`, and lose the failure that they
    had in `origin`.

    A final move to `origin` itself confirms that state. The failure of an attempt that settled
    nothing is kept until the next attempt; it is the reason if the slots expire.
    """

    block: Block
    bits: int
    to: State
    failure: Failure | None = None
    origin: State = State.PENDING
    kind: MoveKind = MoveKind.FINAL


@dataclass(frozen=True, slots=True)
class Taken:
    """Blocks that a worker asked for: `pending` has the bits of blocks that it holds now, `held`
    the remaining time of others' leases.

    `ended` is the state in which the message was ended, if it was.
    """

    pending: Mapping[Block, int]
    held: Mapping[Block, timedelta]
    ended: State | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answer to recorded moves: open terminals in the shard, lost leases, and the bits that
    each move has moved.

    `ended` is the state in which the message was ended, if it was; `paused` whether it is paused.
    """

    open: int
    lost: int
    moved: Sequence[int]
    ended: State | None
    paused: bool = False


def opted_out(vendor: str) -> Failure:
    """Why slots are cancelled when they are planned: their terminals opted out of the category."""
    return Failure(vendor, FailureCode.OPT_OUT, "the terminal or its user opted out of the category")


def capped(vendor: str) -> Failure:
    """Why slots are cancelled when they are planned: their terminals have reached the category's
    frequency cap.
    """
    reason = "the terminal had as many messages of the category today as it may"
    return Failure(vendor, FailureCode.FREQUENCY_CAP, reason)


def over_device_limit(vendor: str) -> Failure:
    """Why slots are cancelled when they are planned: their vendor would not show the push."""
    reason = "the vendor shows the terminal no more marketing pushes today"
    return Failure(vendor, FailureCode.DEVICE_LIMIT, reason)


def in_quiet_hours(vendor: str) -> Failure:
    """Why slots are cancelled when they are planned: it is a quiet hour in their zones."""
    return Failure(vendor, FailureCode.QUIET_HOURS, "it is a quiet hour in the terminal's time zone")


def reached_meanwhile(vendor: str, unless: Unless) -> Failure:
    """Why slots of a step are cancelled before they are sent: their users got the message, or
    clicked it, since the step was planned.
    """
    if unless is Unless.CLICKED:
        return Failure(vendor, FailureCode.CLICKED_MEANWHILE, "the user has clicked the message")
    return Failure(vendor, FailureCode.DELIVERED_MEANWHILE, "the user has received the message")


def held_in_quiet_hours(vendor: str) -> Failure:
    """Why pending slots expire without an attempt: they were held until quiet hours ended."""
    return Failure(vendor, FailureCode.QUIET_HOURS, "held until the quiet hours in its time zone ended")


def failure_label(failure: Failure | None, state: State) -> str:
    """The label of a failure in this state; empty for none."""
    return failure.label(state) if failure else ""


def parse_label(label: str) -> tuple[State, Failure]:
    """Read a failure's label back, with its state."""
    vendor, state, code, reason = label.split("|", 3)
    return State(state), Failure(vendor, code, reason)


def ended_state(marker: bytes) -> State | None:
    """The state in which a shard with this marker was ended, None where it was not."""
    return State(marker.decode()) if marker in (b"cancelled", b"expired") else None


def is_planned(marker: bytes | None) -> bool:
    """Whether a shard with this marker has its plan, or was ended without one."""
    return marker is not None and not marker.startswith((b"planning ", b"resuming "))
