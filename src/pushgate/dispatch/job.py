"""Job <-> the bytes that travel through Gearman. Pure. A job carries block numbers and no tokens."""

import hashlib
from dataclasses import dataclass

import msgspec

from pushgate.domain.errors import PushgateError
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group

MAX_BYTES = 4096
"""No job of ours is near this; more is not one of ours."""


class UnreadableJob(PushgateError):
    """The bytes are not a job: they come from something that is not Pushgate, or from a far later version."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some blocks of one group in one shard, for one message.

    `attempt` counts from 0 how often it was tried; `turn`, how often it was put off, tried or not; `resend`, how often
    the message's failures had been sent again. An urgent job is one of a message of high priority to few: part of the
    workers is kept free for those. `expires` is when the message's time to live is over, in ms since the epoch.
    """

    app: str
    message_id: str
    group: Group
    shard: int
    blocks: tuple[int, ...]
    attempt: int = 0
    priority: Priority = Priority.NORMAL
    turn: int = 0
    urgent: bool = False
    resend: int = 0
    expires: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Job)


def encode(job: Job) -> bytes:
    """The job as JSON bytes, a few hundred of them."""
    return _encoder.encode(job)


def decode(raw: bytes) -> Job:
    """Read `encode`'s bytes back. Raises UnreadableJob."""
    if len(raw) > MAX_BYTES:
        raise UnreadableJob(f"{len(raw)} bytes are more than a job has")
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableJob(f"not a job: {type(error).__name__}") from error


def function(app: str, vendor: str, *, urgent: bool = False) -> str:
    """The Gearman function that sends an app's jobs through a vendor.

    One for each app, so that a server that takes functions in turn lets no app's broadcast stand in another's way;
    and one for urgent jobs, which some connections serve alone.
    """
    return f"{'urgent' if urgent else 'push'}.{vendor}.{app}"


def parse_function(name: str) -> tuple[str, str] | None:
    """The app and vendor of a Gearman function, None for a function that is not Pushgate's."""
    match name.split("."):
        case ["push" | "urgent", vendor, app]:
            return app, vendor
    return None


def unique(job: Job) -> bytes:
    """The same for the same turn of the same blocks, so that submitting twice is harmless where the server
    coalesces. At most 63 bytes, which is all that gearmand keeps."""
    blocks = ",".join(map(str, job.blocks))
    text = f"{job.message_id} {job.shard} {job.group.key} {blocks} {job.resend} {job.attempt} {job.turn}"
    return hashlib.blake2b(text.encode(), digest_size=24).hexdigest().encode()
