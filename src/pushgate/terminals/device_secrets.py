"""Device secrets: with one, an installation of the app acts for its own terminal, and for no other.

Redis stores a digest of each secret, beside the other values of the terminal's slot. A secret has
192 random bits, so a plain SHA-256 is safe.
"""

import hashlib
import hmac
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.redis.hash_tags import shard_of
from pushgate.terminals.rows import Version, bucket_of, decode_terminal
from pushgate.terminals.shard_scripts import run

_DIGEST_BYTES = 16


class KnownDevice(NamedTuple):
    """A terminal, its version for `Registry.replace`, and the digests of its secrets, the newest
    first. The last one is in use; the others were issued later, and are not used yet.
    """

    terminal: Terminal
    version: Version
    digests: tuple[bytes, ...]

    def has_secret(self, secret: str) -> bool:
        """Whether this is a secret of the device. Takes the same time for each wrong secret."""
        wanted = digest(secret)
        return sum(hmac.compare_digest(wanted, known) for known in self.digests) > 0


class DeviceSecrets:
    """The devices of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, app: App, terminal_id: str) -> KnownDevice | None:
        """The terminal with its secrets, None where it is not registered."""
        args = terminal_id, bucket_of(terminal_id)
        answer = await run(self._redis, "read_device", app, shard_of(app, terminal_id), *args)
        if not answer:
            return None
        packed, record, token, group, *names = cast("list[bytes]", answer)
        starts = range(0, len(packed), _DIGEST_BYTES)
        digests = tuple(packed[start : start + _DIGEST_BYTES] for start in starts)
        return KnownDevice(decode_terminal(record, token, group, names), (record, token), digests)

    async def use(self, app: App, device: KnownDevice, secret: str) -> bool:
        """Whether this is a secret of the device. Older secrets are not valid from then on."""
        if not device.has_secret(secret):
            return False
        used, terminal_id = digest(secret), device.terminal.id
        if used != device.digests[-1]:
            args = terminal_id, bucket_of(terminal_id), used
            await run(self._redis, "use_secret", app, shard_of(app, terminal_id), *args)
        return True


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()[:_DIGEST_BYTES]
