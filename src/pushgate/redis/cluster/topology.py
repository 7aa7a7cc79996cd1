"""The servers of a cluster and the slots that they own, as the cluster tells them."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import cast

from redis import exceptions

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.redis.addresses import Address
from pushgate.redis.cluster.commands import SLOTS
from pushgate.redis.server import UNREACHABLE, NotConnected, ServerClient

_PAUSE_SECONDS = 0.1
"""After the cluster was asked, failures alone are no reason to ask it again for so long."""
_SUSPECT_SECONDS = 5.0
"""A server that failed is asked after all others for so long."""


class NoServer(NotConnected):
    """No server of the cluster answers."""


class Topology:
    """Who owns each slot. It is asked for at the first need, and again after a redirection or a
    failure; all callers share one question.
    """

    def __init__(self, seeds: Sequence[str], open_client: Callable[[Address], ServerClient]) -> None:
        self._seeds = [Address.parse(seed) for seed in seeds]
        self._open_client = open_client
        self._clients: dict[Address, ServerClient] = {}
        self._suspects: dict[Address, float] = {}
        self._owners: list[Address | None] = [None] * SLOTS
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")

    def owner(self, slot: int) -> ServerClient | None:
        """The client of the slot's owner, as far as it is known."""
        address = self._owners[slot]
        return self._clients.get(address) if address else None

    def any_client(self, slot: int) -> ServerClient:
        """The client of the slot's owner, or of a seed where the owner is not known yet."""
        return self.owner(slot) or self.client_at(self._seeds[0])

    async def find_owner(self, slot: int) -> ServerClient:
        """The client of the slot's owner. Raises the errors of redis-py."""
        owner = self.owner(slot)
        if owner is None:
            await self.refresh()
            owner = self.owner(slot)
        if owner is None:
            raise exceptions.ClusterDownError("a slot has no owner", status_code="CLUSTERDOWN")
        return owner

    async def masters(self) -> list[ServerClient]:
        """The clients of all servers that own slots. Raises the errors of redis-py."""
        await self.refresh()
        owners = dict.fromkeys(address for address in self._owners if address)
        return [self.client_at(address) for address in owners]

    def client_at(self, address: Address) -> ServerClient:
        """The client of a server."""
        client = self._clients.get(address)
        if client is None:
            client = self._clients[address] = self._open_client(address)
        return client

    def note_move(self, slot: int, address: Address) -> None:
        """A server has told who owns the slot now; others will have moved, too."""
        self.client_at(address)
        self._owners[slot] = address
        self._ask_soon()

    def note_failure(self, client: ServerClient) -> None:
        """A server was lost: another one may own its slots by now. Ask the cluster, unless it was
        asked a moment ago; nobody waits for it.
        """
        self.suspect(client)
        self.refresh_soon()

    def suspect(self, client: ServerClient) -> None:
        """Ask other servers before this one from now on."""
        now = asyncio.get_running_loop().time()
        self._suspects |= {address: now for address, known in self._clients.items() if known is client}

    def refresh_soon(self) -> None:
        """Ask the cluster, unless it was asked a moment ago; nobody waits for it."""
        if self._is_due():
            self._ask_soon()

    async def refresh_if_due(self, seconds: float = _PAUSE_SECONDS) -> None:
        """Ask the cluster, unless it was asked within so many seconds. Raises as `refresh` does."""
        if self._is_due(seconds):
            await self.refresh()

    async def refresh(self) -> None:
        """Ask the cluster. Raises the errors of redis-py.

        Raises ConfigurationError where a server that is part of no cluster answers, no other does,
        and none did before.
        """
        await asyncio.shield(self._ask_soon())

    def _is_due(self, seconds: float = _PAUSE_SECONDS) -> bool:
        return asyncio.get_running_loop().time() - self._asked_at > seconds

    async def close(self) -> None:
        """Close all connections."""
        if self._asking:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    def _ask_soon(self) -> asyncio.Task[None]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_mark_retrieved)
        return self._asking

    async def _ask(self) -> None:
        error: Exception = NoServer("no server")
        for address in self._candidates():
            client = self.client_at(address)
            try:
                async with asyncio.timeout(client.timeout):
                    rows = await client.execute_command("CLUSTER", "SLOTS")
            except UNREACHABLE as failure:
                self._suspects[address] = asyncio.get_running_loop().time()
                error = failure if _is_refused(failure) else error
                continue
            except exceptions.ResponseError as refusal:
                self._suspects[address] = asyncio.get_running_loop().time()
                if not any(self._owners):
                    error = _refused(address, refusal)
                continue
            if rows:
                self._suspects.pop(address, None)
                await self._take(cast("Sequence[_Row]", rows), address)
                return
        raise error

    def _candidates(self) -> list[Address]:
        """The servers to ask, in order. Servers that failed lately come last."""
        late = asyncio.get_running_loop().time() - _SUSPECT_SECONDS
        owners = list(dict.fromkeys(address for address in self._owners if address))
        random.shuffle(owners)
        order = list(dict.fromkeys([*owners, *self._seeds]))
        return sorted(order, key=lambda address: self._suspects.get(address, late) > late)

    async def _take(self, rows: "Sequence[_Row]", asked: Address) -> None:
        owners: list[Address | None] = [None] * SLOTS
        members: set[Address] = set()
        for row in rows:
            first, last, *found = cast("tuple[int, int, *tuple[_Member, ...]]", tuple(row))
            addresses = [_address(member, asked) for member in found]
            owners[first : last + 1] = [addresses[0]] * (last + 1 - first)
            members.update(addresses)
            self.client_at(addresses[0])
        self._owners = owners
        self._asked_at = asyncio.get_running_loop().time()
        for gone in self._clients.keys() - members - set(self._seeds):
            await self._clients.pop(gone).aclose()


_Member = Sequence[bytes | int | None]
_Row = Sequence[int | _Member]


def _address(member: _Member, asked: Address) -> Address:
    """A member's address; a server that does not know its own host is where it was asked."""
    host = (cast("bytes | None", member[0]) or b"").decode()
    return Address(host if host not in ("", "?") else asked.host, int(member[1] or 0))


def _is_refused(failure: Exception) -> bool:
    """Whether a server answered that it does not accept the user or password."""
    return any(isinstance(each, exceptions.AuthenticationError) for each in (failure, failure.__cause__))


def _refused(address: Address, refusal: exceptions.ResponseError) -> Exception:
    if "cluster support disabled" not in str(refusal):
        return refusal
    problem = (
        f"{address.host}:{address.port} is part of no cluster: name nodes of a cluster, "
        "or let redis.url name this server and remove redis.cluster"
    )
    return ConfigurationError([FieldError("redis.cluster", problem)])


def _mark_retrieved(task: "asyncio.Task[None]") -> None:
    """Nobody may have waited for the answer."""
    if not task.cancelled():
        task.exception()
