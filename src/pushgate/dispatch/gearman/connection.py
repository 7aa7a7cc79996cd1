"""One connection to a Gearman server: a pygearman connection with a time limit, keepalive and IPv6.

Knows nothing of jobs; the consumer builds on it.
"""

import socket

import gearman.connection

CONNECT_TIMEOUT = 3.0
"""Seconds to open a connection, or to write an answer to it."""
_LOST_PEER = (
    ("TCP_KEEPIDLE", 5),
    ("TCP_KEEPINTVL", 2),
    ("TCP_KEEPCNT", 2),
    # Keepalive watches only an idle connection. Without this option the kernel resends unconfirmed
    # data for a quarter of an hour.
    ("TCP_USER_TIMEOUT", 9000),
)
"""Options of a socket: seconds, a number of probes, and milliseconds."""


def keep_alive(opened: socket.socket) -> None:
    """Notice within about ten seconds that the peer's host is gone or cut off, whether the
    connection is idle or not.
    """
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _LOST_PEER:
        if hasattr(socket, option):
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class Connection(gearman.connection.GearmanConnection):
    """Adds to pygearman: a time limit to connect, IPv6, and keepalive that notices a lost peer."""

    def _create_client_socket(self) -> None:
        try:
            opened = socket.create_connection((self.gearman_host, self.gearman_port), CONNECT_TIMEOUT)
            keep_alive(opened)
        except OSError as error:
            self.throw_exception(exception=error)
        self.set_socket(opened)
