"""The tries of one call while slots move."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from redis import exceptions

from pushgate.redis.addresses import Address
from pushgate.redis.cluster.commands import Word
from pushgate.redis.cluster.topology import Topology
from pushgate.redis.server import NotConnected, ServerClient

_TRIES = 6
_FIRST_PAUSE_SECONDS = 0.05
"""The pause before the second try; it doubles with each one."""
REDIRECTIONS = (exceptions.AskError, exceptions.TryAgainError, NotConnected)
"""The server has not run the command. Another one may, or the same one later. MOVED is one of ASK
to redis-py.
"""


class Attempts:
    """Counts the tries of one call, and says when to give up."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._left = _TRIES
        self._pause = _FIRST_PAUSE_SECONDS

    async def prepare_next(self, slot: int, server: ServerClient, error: Exception) -> None:
        """Wait until another try is worth it after one of REDIRECTIONS. Raises the error after the
        last try, and where no other server took over.
        """
        self._left -= 1
        if not self._left:
            raise error
        if isinstance(error, exceptions.MovedError):
            note_move(self._topology, server, error)
        elif isinstance(error, NotConnected):
            self._topology.suspect(server)
            await self._topology.refresh_if_due()
            if self._topology.owner(slot) is server:
                raise error
        else:
            await asyncio.sleep(self._pause)  # no server tells when a slot has moved
            self._pause *= 2


def is_ask(error: object) -> TypeGuard[exceptions.AskError]:
    """Whether a server answers that another one, which is not the owner yet, may have the key."""
    return isinstance(error, exceptions.AskError) and not isinstance(error, exceptions.MovedError)


def note_move(topology: Topology, server: ServerClient, error: exceptions.MovedError) -> None:
    """Note the owner of a slot that an answer of `server` names."""
    topology.note_move(error.slot_id, _target(server, error))


async def ask(
    topology: Topology,
    server: ServerClient,
    error: exceptions.AskError,
    words: Sequence[Word],
    options: Mapping[str, object],
) -> object:
    """Run a command on the server that an answer of `server` names for this command alone.

    ASKING counts for the next command of the same connection: both go in one pipeline. Raises the
    errors of redis-py.
    """
    target = topology.client_at(_target(server, error))
    async with target.pipeline(transaction=False) as pipe:
        pipe.execute_command("ASKING")
        pipe.execute_command(*words, **options)
        _, answer = await pipe.execute(raise_on_error=False)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _target(server: ServerClient, error: exceptions.AskError) -> Address:
    """A server that answers without a host means its own."""
    return Address(error.host or server.host, error.port)
