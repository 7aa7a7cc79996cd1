"""A job and the bytes that travel through Gearman.

Pure. A job carries block numbers and no tokens.
"""

import hashlib

import msgspec

from pushgate.domain.errors import PushgateError
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group

MAX_BYTES = 4096
"""Pushgate's jobs are a few hundred bytes; more bytes than this are not a job."""


class UnreadableJob(PushgateError):
    """The bytes are not a job: something other than Pushgate wrote them, or a far later version."""


class Job(
    msgspec.Struct, frozen=True, kw_only=True, rename={"postponements": "turn", "expires_at_ms": "expires"}
):
    """Some blocks of one group in one shard, for one message.

    `attempt` counts from 0 how often the job was tried; `postponements`, how often it was put off,
    tried or not; `resend`, how often the message's failures had been sent again. An urgent job
    belongs to a message of high priority to few terminals: some connections of workers are kept
    free for urgent jobs. `expires_at_ms` is when the message's time to live is over, in ms since
    the epoch, 0 where that is not known.
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


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Job)


def encode(job: Job) -> bytes:
    """The job as JSON bytes, a few hundred of them."""
    return _encoder.encode(job)


def decode(raw: bytes) -> Job:
    """Read the bytes of `encode` back. Raises UnreadableJob."""
    if len(raw) > MAX_BYTES:
        raise UnreadableJob(f"{len(raw)} bytes are more than a job has")
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableJob(f"not a job: {type(error).__name__}") from error


def function_name(app: str, vendor: str, *, urgent: bool = False) -> str:
    """The Gearman function that sends an app's jobs through a vendor.

    Each app has its own functions: a server that serves functions in turn then lets no app's
    broadcast delay another app. Urgent jobs have a function of their own, which some connections
    serve alone.
    """
    return f"{'urgent' if urgent else 'push'}.{vendor}.{app}"


def parse_function(name: str) -> tuple[str, str] | None:
    """The app and vendor of a Gearman function, None for a function that is not Pushgate's."""
    match name.split("."):
        case ["push" | "urgent", vendor, app]:
            return app, vendor
    return None


def unique_id(job: Job) -> bytes:
    """The same bytes for the same attempt at the same blocks: a server that coalesces keeps one.

    At most 63 bytes, which is all that gearmand keeps.
    """
    blocks = ",".join(map(str, job.blocks))
    target = f"{job.message_id} {job.shard} {job.group.key} {blocks}"
    text = f"{target} {job.resend} {job.attempt} {job.postponements}"
    return hashlib.blake2b(text.encode(), digest_size=24).hexdigest().encode()
