"""Jobs and the bytes that travel through Gearman.

Pure. A job carries the numbers of blocks or of a bundle, and no tokens.
"""

import hashlib
import math
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import PushgateError
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group

MAX_BYTES = 4096
"""Pushgate's jobs are a few hundred bytes; more bytes than this are not a job."""


class UnreadableJob(PushgateError):
    """The bytes are not a job: something other than Pushgate wrote them, or a far later version."""


class FunctionKind(StrEnum):
    """What the jobs of a Gearman function are."""

    BLOCKS = "push"
    BUNDLES = "bundle"
    URGENT = "urgent"
    """Urgent jobs, of blocks and of bundles."""


class Share(msgspec.Struct, frozen=True):
    """The next of the shares in which a block is sent: a part of its pending pushes.

    `left` counts the shares that are left, this one included. The share is due at `due_ms`, in ms
    since the epoch, and the next one `step_ms` later.
    """

    left: int
    step_ms: int
    due_ms: int

    def size(self, pending: int, draw: float) -> int:
        """How many of the pending pushes belong to this share. `draw` is a random number from [0,
        1); it decides which shares get a push where pushes are few.
        """
        return pending if self.left <= 1 else int(pending / self.left + draw)

    def following(self, now_ms: int, until_ms: int) -> "Share":
        """The next share. If this share was late, the next one is due half a step from now at the
        earliest.

        The message expires at `until_ms`. Shares that would be due then or later are sent with the
        earlier ones.
        """
        due_ms = max(self.due_ms + self.step_ms, now_ms + self.step_ms // 2)
        if due_ms >= until_ms:
            return Share(min(1, self.left - 1), self.step_ms, now_ms)
        fitting = math.ceil((until_ms - due_ms) / self.step_ms)
        return Share(min(self.left - 1, fitting), self.step_ms, due_ms)


class BlockJob(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="of",
    tag="blocks",
    rename={"postponements": "turn", "expires_at_ms": "expires", "due_ms": "due"},
):
    """Some blocks of one group in one shard, for one message.

    `attempt` counts from 0 how often the job was tried. `postponements` counts how often it was put
    off, tried or not. `resend` counts how often the message's failures had been sent again. An
    urgent job belongs to a message of high priority to few terminals; some connections of workers
    are kept free for urgent jobs. `expires_at_ms` is the end of the message's time to live in ms
    since the epoch, 0 if unknown.
    """

    app: str
    message_id: str
    group: Group
    shard: int
    blocks: tuple[int, ...]
    attempt: int = 0
    priority: Priority = Priority.NORMAL
    postponements: int = 0
    urgent: bool = False
    resend: int = 0
    expires_at_ms: int = 0
    share: Share | msgspec.UnsetType = msgspec.UNSET
    """Set where only a share of what is pending is to be sent now."""
    canary: int | msgspec.UnsetType = msgspec.UNSET
    """Set where the job sends only to the terminals of the message's canary: the instant at which
    the rest is due, in ms since the epoch.
    """

    due_ms: int | msgspec.UnsetType = msgspec.UNSET
    """The instant until which the job waited, in ms since the epoch; unset where it did not wait.
    Once a scheduler has submitted the job, a worker runs the job although the worker's clock may be
    behind.
    """

    @property
    def next_share(self) -> Share | None:
        """The share that is to be sent, None for all pending pushes."""
        return self.share if isinstance(self.share, Share) else None

    @property
    def due_at(self) -> datetime | None:
        """Until when the job waited, None for a job that was submitted at once."""
        return from_ms(self.due_ms) if isinstance(self.due_ms, int) else None

    @property
    def canary_until(self) -> datetime | None:
        """When the rest of the blocks is due, for a job that sends only to the canary's terminals;
        else None.
        """
        return from_ms(self.canary) if isinstance(self.canary, int) else None

    @property
    def vendor(self) -> str:
        """The vendor that the job's pushes go to."""
        return self.group.vendor

    @property
    def kind(self) -> FunctionKind:
        """The kind of function that the job belongs to."""
        return FunctionKind.URGENT if self.urgent else FunctionKind.BLOCKS


class BundleJob(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="of",
    tag="bundle",
    rename={"expires_at_ms": "expires", "due_s": "due"},
):
    """One bundle of an app, by its home shard and its number there.

    A bundle of high priority is urgent. `expires_at_ms` is when the first push of the bundle
    expires, in ms since the epoch.
    """

    app: str
    shard: int
    bundle: int
    vendor: str
    priority: Priority = Priority.NORMAL
    expires_at_ms: int = 0
    due_s: int | msgspec.UnsetType = msgspec.UNSET
    """The second, since the epoch, until which pushes of the bundle waited; unset where none did.
    It makes the job differ from the bundle's previous job, which may still run.
    """

    @property
    def kind(self) -> FunctionKind:
        """The kind of function that the job belongs to."""
        return FunctionKind.URGENT if self.priority is Priority.HIGH else FunctionKind.BUNDLES


Job = BlockJob | BundleJob

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Job] = msgspec.json.Decoder(Job)
_KINDS = frozenset(kind.value for kind in FunctionKind)


def encode(job: Job) -> bytes:
    """The job as JSON bytes, a few hundred of them."""
    return _encoder.encode(job)


def encode_waiting(job: BlockJob, due_at: datetime) -> bytes:
    """A job that waits until an instant, as JSON bytes."""
    return encode(replace(job, due_ms=to_ms(due_at)))


def decode(raw: bytes) -> Job:
    """Read the bytes of `encode` back. Raises UnreadableJob."""
    if len(raw) > MAX_BYTES:
        raise UnreadableJob(f"{len(raw)} bytes are more than a job has")
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableJob(f"not a job: {type(error).__name__}") from error


def function_name(app: str, vendor: str, kind: FunctionKind) -> str:
    """The Gearman function that sends an app's jobs of a kind through a vendor.

    Each app has its own functions. So a server that serves functions in turn lets no broadcast
    delay another app's jobs, nor the small messages of its own app. Urgent jobs have a function of
    their own, which some connections serve alone.
    """
    return f"{kind.value}.{vendor}.{app}"


def function_of(job: Job) -> str:
    """The Gearman function that the job belongs to."""
    return function_name(job.app, job.vendor, job.kind)


def parse_function(name: str) -> tuple[str, str] | None:
    """The app and vendor of a Gearman function, None for a function that is not Pushgate's."""
    match name.split("."):
        case [kind, vendor, app] if kind in _KINDS:
            return app, vendor
    return None


def unique_id(job: Job) -> bytes:
    """The id by which servers coalesce jobs: equal for the same attempt at the same blocks, and for
    the same pushes of a bundle. A server that coalesces queues one of several equal jobs, and drops
    a job while an equal one runs.

    At most 63 bytes, which is all that gearmand keeps.
    """
    if isinstance(job, BundleJob):
        text = f"{job.app} {job.shard} {job.bundle}"
        if isinstance(job.due_s, int):
            text += f" due {job.due_s}"
    else:
        blocks = ",".join(map(str, job.blocks))
        target = f"{job.message_id} {job.shard} {job.group.key} {blocks}"
        text = f"{target} {job.resend} {job.attempt} {job.postponements}"
        if job.canary_until:
            text += f" canary {job.canary}"
        if job.due_at:
            text += f" due {job.due_ms}"
    return hashlib.blake2b(text.encode(), digest_size=24).hexdigest().encode()
