"""Accepts the API's connections, limited in total and for each client address.

When file descriptors run out, this is logged, and accepting pauses.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from pushgate.api.clients import ClientAddresses, site
from pushgate.api.protocol import raw_problem
from pushgate.domain.consequences import ProblemCode
from pushgate.runtime import logs

_ACCEPTS = 128
"""Connections that are accepted in a row before other events get their turn."""
_PAUSE = 1.0
"""Seconds without accepting, after the system could not accept."""
Release = Callable[[], None]
_log = logs.get("api")


class Listener:
    """A listening socket. Connections of trusted proxies do not count for the limit of a client."""

    def __init__(
        self,
        sock: socket.socket,
        clients: ClientAddresses,
        max_connections: int,
        max_connections_per_client: int,
    ) -> None:
        self._socket = sock
        self._clients = clients
        self._max_connections = max_connections
        self._max_per_client = max_connections_per_client
        self._open = 0
        self._by_site: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log_limit = logs.RateLimit(per_second=5)
        self._resume: asyncio.TimerHandle | None = None

    def start(self, protocol: Callable[[Release], asyncio.Protocol]) -> None:
        """Start accepting. `protocol` gets a function to call when its connection is lost."""
        self._protocol = protocol
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting."""
        if self._resume:
            self._resume.cancel()
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            try:
                connection, peer = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptors, no memory, a network that is down
                self._pause(error)
                return
            self._admit(connection, str(peer[0]))

    def _pause(self, error: OSError) -> None:
        """Stop accepting for a while: the socket stays readable, so trying again at once would use
        all CPU time.
        """
        self._warn("the system cannot accept connections", error=str(error.strerror), open=self._open)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        self._resume = loop.call_later(_PAUSE, lambda: loop.add_reader(self._socket.fileno(), self._accept))

    def _admit(self, connection: socket.socket, peer: str) -> None:
        client = None if self._clients.is_proxy(peer) else site(peer)
        if self._open >= self._max_connections:
            self._refuse(
                connection,
                peer,
                f"this process has {self._max_connections} connections open (api.max_connections)",
            )
        elif client and self._by_site[client] >= self._max_per_client:
            self._refuse(
                connection,
                peer,
                f"this address has {self._max_per_client} open (api.max_connections_per_client)",
            )
        else:
            task = asyncio.create_task(self._serve(connection, self._count(client)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _count(self, client: str | None) -> Release:
        """Count a connection before it is served: many are accepted before the first
        one is served.
        """
        self._open += 1
        if client:
            self._by_site[client] += 1

        def release() -> None:
            self._open -= 1
            if client:
                self._by_site[client] -= 1
                if not self._by_site[client]:
                    del self._by_site[client]

        return release

    async def _serve(self, connection: socket.socket, release: Release) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._protocol(release), connection
            )
        except OSError as error:
            self._warn("a connection could not be taken", error=str(error.strerror))
            connection.close()
            release()

    def _refuse(self, connection: socket.socket, peer: str, reason: str) -> None:
        self._warn("connection refused", client=peer, reason=reason)
        with suppress(OSError):
            connection.setblocking(False)
            connection.send(raw_problem(ProblemCode.TOO_MANY_CONNECTIONS, reason))
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)  # unread bytes would turn the response into a reset
        connection.close()

    def _warn(self, event: str, **facts: object) -> None:
        if (left_out := self._log_limit.take()) is not None:
            _log.warning(event, action="connection_refused", left_out=left_out, **facts)
