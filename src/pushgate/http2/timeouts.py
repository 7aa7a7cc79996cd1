"""Timeouts of a connection and its requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """All in seconds."""

    response: float = 10.0
    """From writing a request to the end of its response."""
    connect: float = 5.0
    """To open a connection: name, socket, proxy, TLS and the server's SETTINGS."""
    ping_busy_after: float = 5.0
    """Silence after which a PING is sent while requests are in flight."""
    ping_idle_after: float = 30.0
    """Silence after which a PING is sent while no request is in flight."""
    ping: float = 5.0
    """From a PING to its acknowledgement."""
    close_unused_after: float = 600.0
    """A connection that carried no request for so long is closed."""
